"""What a run computes is the same on every replay: time, randomness, values, order."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from .harness import Stage, plan, staged

IMPORTS = "import random, time, uuid\nfrom datetime import datetime, timezone\nfrom decimal import Decimal\n"
DRAW = """
def draw():
    return [step.now(), step.random(), step.uuid(), datetime.now(timezone.utc), time.time(), random.random(),
        random.randint(1, 10**9), str(uuid.uuid4())]
"""


async def test_clock_and_randomness_are_stable_over_hibernation(stage: Stage) -> None:
    """Drawn in the first turn, kept in a variable over three replays, and noted by a tool in between."""
    body = (
        DRAW
        + """
first = draw()
await step.do("note", tools.work.look(value=first))
await step.sleep("nap", "30 days")
second = draw()
await step.sleep("nap", "30 days")
return [first, second]
"""
    )
    start = stage.clock.now()
    run = await stage.start(body, before=IMPORTS)
    first, second = await stage.result(run)
    assert stage.crew.values() == [first]
    assert first[0] == first[3] == datetime.fromtimestamp(start, UTC)
    assert second[4] == start + 30 * 86_400
    assert all(one != other for one, other in zip(first, second, strict=True))


async def drawn(stage: Stage) -> list[list[Any]]:
    """What a run draws before and after a wait, function step included."""
    body = """
    first = [step.random(), step.uuid(), random.random()]
    inside = await step.do("inside", lambda: [random.random(), str(uuid.uuid4())])
    await step.wait_for_event("go", "go")
    return [first, inside, [step.random(), step.uuid(), random.random()]]
    """
    await stage.agent.register(plan(body, before=IMPORTS))
    run = await stage.agent.start(id="run_fixed")
    await stage.reach(run, "waiting")
    await run.send("go")
    found: list[list[Any]] = await stage.result(run)
    return found


async def test_a_run_draws_the_same_whether_it_was_evicted_or_not(tmp_path: Path) -> None:
    found = []
    for name, linger in (("evicted", 0.0), ("awake", 1e9)):
        (tmp_path / name).mkdir()
        async with staged(tmp_path / name, linger=linger) as stage:
            found.append(await drawn(stage))
    assert found[0] == found[1]


async def test_a_restart_draws_anew(stage: Stage) -> None:
    run = await stage.start("return [step.random(), step.uuid()]")
    before = await stage.result(run)
    await run.restart()
    after = await stage.result(run)
    assert before[0] != after[0]
    assert before[1] != after[1]


VALUES = {
    "moment": datetime(2027, 3, 1, 12, 30, tzinfo=UTC),
    "naive": datetime(2027, 3, 1),  # noqa: DTZ001 a plan may have such a value
    "amount": Decimal("12.50"),
    "bytes": b"\x00\xff",
    "nested": [{"$decimal": "not a tag"}, [None, True, 1.5, "ü"]],
}


async def test_datetimes_decimals_and_bytes_cross_every_border_whole(stage: Stage) -> None:
    """Payload, arguments, a tool's result, an event, an answer, the run's result; replayed at each wait."""
    body = """
    kept = await step.do("keep", tools.work.keep(value=event.payload["value"]))
    inside = await step.do("inside", lambda: kept)
    sent = (await step.wait_for_event("ev", "ev")).payload
    asked = await step.ask("which", "Which?", {})
    exact = [kept["amount"] + 1, kept["moment"].year, len(kept["bytes"])]
    return [kept, inside, sent, asked, exact]
    """
    run = await stage.start(body, {"value": VALUES})
    await stage.reach(run, "waiting")
    await run.send("ev", VALUES)
    await (await stage.question()).answer(VALUES)
    assert await stage.result(run) == [VALUES, VALUES, VALUES, VALUES, [Decimal("13.50"), 2027, 2]]
    assert stage.crew.values() == [VALUES]
    assert isinstance((await run.result())[0]["amount"], Decimal)


async def test_what_a_step_returns_is_a_copy_of_what_was_stored(stage: Stage) -> None:
    """A tuple comes back as a list at the first run too, and changing the result changes nothing that is stored."""
    body = """
    first = await step.do("pair", lambda: (1, 2))
    first.append(3)
    await step.sleep("nap", 60)
    return first
    """
    run = await stage.start(body)
    assert await stage.result(run) == [1, 2, 3]
    assert (await run.steps())[0].result == [1, 2]


async def test_the_event_says_where_the_run_comes_from(stage: Stage) -> None:
    body = "return [event.id, event.run, event.agent, event.timestamp, event.schedule, event.payload]"
    run = await stage.start(body, {"n": 1})
    found = await stage.result(run)
    assert found[1:] == [run.id, stage.agent.name, datetime.fromtimestamp(stage.clock.now(), UTC), None, {"n": 1}]


@pytest.mark.parametrize("wait", ["step.sleep('nap', 60)", "step.do('look', tools.work.look())"])
async def test_hibernation_runs_no_finally(stage: Stage, wait: str) -> None:
    body = f"""
    done = []
    try:
        await {wait}
        done.append("after")
    finally:
        done.append("finally")
        await step.do("note", tools.work.keep(value=done))
    return done
    """
    assert await stage.result(await stage.start(body)) == ["after", "finally"]
    assert stage.crew.values("keep") == [["after", "finally"]]
