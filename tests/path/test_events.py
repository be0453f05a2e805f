"""Events: stored when they come, bound to one wait."""

from __future__ import annotations

from typing import Any

import pytest

from agentflow.errors import Conflict

from ..fakes.worker import embedded
from .harness import Stage

DAY = 86_400.0
ONE = 'found = await step.wait_for_event("ev", "ping"{more})\nreturn [found.type, found.payload]'


async def waits(stage: Stage, more: str = "") -> Any:
    """A run that waits for one event of type ping."""
    run = await stage.start(ONE.format(more=more))
    await stage.reach(run, "waiting")
    return run


async def test_an_event_ends_the_wait_and_is_handed_over_whole(stage: Stage) -> None:
    whole = "[found.id, found.type, found.payload, found.timestamp]"
    run = await stage.start(f'found = await step.wait_for_event("ev", "ping")\nreturn {whole}')
    await stage.reach(run, "waiting")
    id = await run.send("ping", {"n": [1, None]})
    found_id, kind, payload, timestamp = await stage.result(run)
    assert (found_id, kind, payload, timestamp.timestamp()) == (id, "ping", {"n": [1, None]}, stage.clock.now())


async def test_an_event_sent_before_the_wait_is_kept(stage: Stage) -> None:
    run = await stage.start('await step.sleep("first", "1 day")\n' + ONE.format(more=""))
    await stage.reach(run, "sleeping")
    await run.send("ping", 1)
    assert await stage.result(run) == ["ping", 1]


async def test_events_are_taken_first_in_first_out_over_all_types_that_a_wait_names(stage: Stage) -> None:
    body = """
    await step.sleep("first", "1 day")
    found = []
    for number in range(3):
        event = await step.wait_for_event("ev", ["ping", "pong"])
        found.append([event.type, event.payload])
    return found
    """
    run = await stage.start(body)
    await stage.reach(run, "sleeping")
    for type, payload in (("pong", 1), ("other", 2), ("ping", 3), ("pong", 4)):
        await run.send(type, payload)
    assert await stage.result(run) == [["pong", 1], ["ping", 3], ["pong", 4]]


async def test_an_event_of_another_type_stays_for_a_later_wait(stage: Stage) -> None:
    body = """
    first = await step.wait_for_event("a", "ping")
    second = await step.wait_for_event("b", "pong")
    return [first.payload, second.payload]
    """
    run = await stage.start(body)
    await stage.reach(run, "waiting")
    await run.send("pong", "later")
    assert (await stage.reach(run, "waiting")).reason["waits"][0]["types"] == ["ping"]
    await run.send("ping", "now")
    assert await stage.result(run) == ["now", "later"]


@pytest.mark.parametrize(
    ("where", "payloads", "taken"),
    [
        ('{"order": "17"}', [{"order": "16"}, {"order": "17"}], {"order": "17"}),
        ('{"order": ["16", "17"]}', [{"order": "15"}, {"order": "17", "x": 1}], {"order": "17", "x": 1}),
        ('{"a": 1, "b": None}', [{"a": 1}, {"b": None}, {"a": 1, "b": None}], {"a": 1, "b": None}),
        ('{"a": 1}', ["text", None, [1], {"a": 1}], {"a": 1}),
    ],
)
async def test_where_lets_only_matching_events_through(
    stage: Stage, where: str, payloads: list[Any], taken: Any
) -> None:
    run = await waits(stage, f", where={where}")
    for payload in payloads:
        await run.send("ping", payload)
    assert await stage.result(run) == ["ping", taken]


async def test_one_event_is_bound_to_one_wait_the_one_that_waits_longest(stage: Stage) -> None:
    body = """
    async def wait(name):
        return (await step.wait_for_event(name, "ping", timeout="1 day")).payload
    found = await step.gather(wait("first"), wait("second"), return_exceptions=True)
    return [str(one) for one in found]
    """
    run = await stage.start(body)
    await stage.reach(run, "waiting")
    await run.send("ping", "only one")
    first, second = await stage.result(run)
    assert (first, second) == ("only one", "no event of type ping came in time")


async def test_a_wait_that_nobody_answers_raises_wait_timeout(stage: Stage) -> None:
    body = """
    try:
        await step.wait_for_event("ev", ["ping", "pong"])
    except WaitTimeout as e:
        return [e.step, e.message, step.now()]
    """
    start = stage.clock.now()
    name, message, now = await stage.result(await stage.start(body))
    assert (name, message) == ("ev", "no event of type ping, pong came in time")
    assert now.timestamp() - start == DAY


async def test_a_timeout_may_be_the_moment_at_which_it_ends(stage: Stage) -> None:
    start = stage.clock.now()
    run = await stage.start(
        "await step.wait_for_event('ev', 'ping', timeout=step.now() + timedelta(hours=3))",
        before="from datetime import timedelta\n",
    )
    error = await stage.error(run)
    assert (error["type"], stage.clock.now() - start) == ("WaitTimeout", 3 * 3600)


@pytest.mark.parametrize("linger", [0.0, 1e9], ids=["hibernating", "awake"])
async def test_an_event_that_was_stored_before_the_timeout_comes_first(stage: Stage, linger: float) -> None:
    """However late the run looks: what was ready first is delivered first."""
    embedded(stage.flow).linger = linger
    run = await waits(stage, ", timeout=60")
    await run.send("ping", "in time")
    stage.clock.advance(61)
    assert await stage.result(run) == ["ping", "in time"]


async def test_a_wait_that_has_timed_out_takes_no_event(stage: Stage) -> None:
    body = """
    try:
        await step.wait_for_event("short", "ping", timeout=60)
    except WaitTimeout:
        await step.sleep("longer", "1 day")
    return (await step.wait_for_event("again", "ping")).payload
    """
    run = await stage.start(body)
    await stage.reach(run, "waiting")
    await stage.skip(run, "sleeping")
    await run.send("ping", "late")
    assert await stage.result(run) == "late"


async def test_an_event_to_a_run_that_has_ended_is_refused(stage: Stage) -> None:
    run = await stage.start("return 1")
    await stage.result(run)
    with pytest.raises(Conflict, match=r"is completed: it can no longer receive events; `agentflow run restart"):
        await run.send("ping")
