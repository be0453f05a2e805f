"""Items 52 to 63: what people do to a run, and what they see of it."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from agentflow.app import RunHandle
from agentflow.errors import Conflict, NotFound, RunFailed, UsageError

from ..fakes.waiting import until
from ..path.harness import HANG
from .stage import Stage

HOUR = 3600.0
TWO = 'await step.do("first", tools.work.look(value=1))\nreturn await step.do("second", tools.work.look(value=2))'
THREE = 'return [await step.do(name, tools.work.keep(value=name)) for name in ("a", "b", "c")]'


async def test_52_an_id_is_given_once(stage: Stage) -> None:
    """The same start again is the run that is there, so that whoever heard no answer may ask again; another one with
    its id is a conflict."""
    run = await stage.start("return 1", {"n": 1}, id="order-17")
    assert await run.result() == 1
    agent = await stage.flow.agents.get("agent")
    again = await agent.start({"n": 1}, id="order-17")
    assert ((await again.refresh()).status, again.record.created_at) == ("completed", run.record.created_at)
    with pytest.raises(Conflict, match="order-17"):
        await agent.start({"n": 2}, id="order-17")
    assert [record.id for record in await stage.flow.runs.list()] == ["order-17"]


async def test_52_a_batch_passes_over_ids_that_are_taken_and_gives_the_new_ones(stage: Stage) -> None:
    """Cloudflare's has at most 100."""
    await stage.start("return event.payload", id="b")
    agent = await stage.flow.agents.get("agent")
    runs = await agent.start_many([{"id": id, "payload": {"id": id}} for id in ("a", "b", "c")])
    assert [run.id for run in runs] == ["a", "c"]
    await stage.flow.settle()
    assert [await run.result() for run in runs] == [{"id": "a"}, {"id": "c"}]
    for size in (0, 1001):
        with pytest.raises(UsageError):
            await agent.start_many([{}] * size)
    assert len(await stage.flow.runs.list()) == 3


async def test_53_an_id_has_100_characters_at_most_and_a_syntax(stage: Stage) -> None:
    await (await stage.start("return 1", id="x" * 100)).result()
    agent = await stage.flow.agents.get("agent")
    for id in ("x" * 101, "", "-a", "a b", "a.b", "ä", "a\n"):
        with pytest.raises(UsageError):
            await agent.start(id=id)


async def test_54_an_unknown_id_is_not_found(stage: Stage) -> None:
    with pytest.raises(NotFound, match="there is no run nobody"):
        await stage.flow.runs.get("nobody")


async def test_55_a_pause_during_a_step_lets_it_finish_once_and_starts_no_other(stage: Stage) -> None:
    stage.crew.will("look", HANG)
    run = await stage.start(TWO)
    await until(lambda: stage.crew.made)
    await run.pause()
    await until(partial(_delivered, run, "pause"))
    assert (await run.refresh()).status == "running"
    stage.crew.released.set()
    await stage.reach(run, "paused")
    assert stage.crew.values() == [1]
    await run.resume()
    assert await run.result() == 2
    assert (stage.crew.values(), stage.crew.cancelled) == ([1, 2], [])


async def _delivered(run: RunHandle, kind: str) -> bool:
    return kind in [entry["kind"] for entry in await run.history()]


async def test_56_a_pause_keeps_what_was_left_of_a_sleep(stage: Stage) -> None:
    run = await stage.start('await step.sleep("nap", "10 hours")\nreturn step.now().timestamp()')
    start = stage.clock.now()
    await stage.flow.skip(hours=4)
    await run.pause()
    await stage.reach(run, "paused")
    await stage.flow.skip(hours=100)
    await run.resume()
    assert await stage.flow.finish(run) == start + 110 * HOUR


async def test_56_an_event_that_is_sent_during_a_pause_is_delivered_after_it(stage: Stage) -> None:
    run = await stage.start('return (await step.wait_for_event("take", "ping", timeout="10 hours")).payload')
    await stage.flow.settle()
    await run.pause()
    await run.send("ping", "meanwhile")
    await stage.reach(run, "paused")
    await stage.flow.skip(hours=100)
    await run.resume()
    assert await run.result() == "meanwhile"


async def test_57_pausing_what_is_paused_and_resuming_what_runs_changes_nothing(stage: Stage) -> None:
    run = await stage.start('await step.sleep("nap", 60)\nreturn 1')
    await stage.flow.settle()
    await run.resume()
    await stage.reach(run, "sleeping")
    await run.pause()
    await run.pause()
    await stage.reach(run, "paused")
    await run.resume()
    await run.resume()
    assert await stage.flow.finish(run) == 1


async def test_58_a_cancelled_run_starts_no_step_and_does_not_complete(stage: Stage) -> None:
    stage.crew.will("look", HANG)
    run = await stage.start(TWO)
    await until(lambda: stage.crew.made)
    await run.cancel()
    await stage.reach(run, "cancelled")
    stage.crew.released.set()
    await stage.flow.skip(days=1)
    assert ((await run.refresh()).status, stage.crew.values(), stage.crew.cancelled) == ("cancelled", [1], ["look"])
    with pytest.raises(Conflict, match="is cancelled: it can no longer be cancelled"):
        await run.cancel()


async def test_59_a_restart_runs_again_from_the_beginning_with_the_same_id_and_payload(stage: Stage) -> None:
    run = await stage.start("n = event.payload['n']\nreturn await step.do('keep', tools.work.keep(value=n))", {"n": 7})
    assert await run.result() == 7
    id = run.id
    await run.restart()
    assert (await run.result(), run.id, run.record.generation) == (7, id, 2)
    first, second = stage.crew.made
    assert first.key != second.key


async def test_59_a_restart_from_a_step_keeps_what_was_before_it(stage: Stage) -> None:
    stage.crew.will("keep", "a1", "b1", "c1", "b2", "c2")
    run = await stage.start(THREE)
    assert await run.result() == ["a1", "b1", "c1"]
    with pytest.raises(NotFound, match="has not started a step d#1: it started a#1, b#1, c#1"):
        await run.restart("d")
    assert (await run.refresh()).generation == 1
    await run.restart("b")
    assert await run.result() == ["a1", "b2", "c2"]
    assert stage.crew.values() == ["a", "b", "c", "b", "c"]


async def test_60_a_deleted_run_stops_undoes_nothing_and_leaves_its_id_free(stage: Stage) -> None:
    body = """
    await step.do("pay", tools.work.keep(value="paid"), rollback=lambda result: tools.work.keep(value="undone"))
    await step.do("look", tools.work.look(value=event.payload.get("n")))
    return await step.do("after", tools.work.keep(value="after"))
    """
    stage.crew.will("look", HANG)
    run = await stage.start(body, id="once")
    await until(lambda: len(stage.crew.made) == 2)
    await run.delete()
    stage.clock.advance(1)
    await until(lambda: stage.crew.cancelled)
    with pytest.raises(NotFound):
        await run.refresh()
    again = await stage.start("return 2", id="once")
    assert await again.result() == 2
    assert stage.crew.values() == ["paid", None]


async def test_61_the_status_says_what_is_waited_for_since_when_and_until_when(stage: Stage) -> None:
    """Cloudflare says `running` of all of these (agents 824)."""
    now = stage.clock.now()
    sleeping = await stage.start('await step.sleep("nap", 60)')
    waiting = await stage.start('await step.wait_for_event("take", ["ping", "pong"], timeout=60)')
    asking = await stage.start('await step.wait_for_approval("agree", "Well?", timeout=60)')
    stage.crew.will("look", HANG)
    running = await stage.start('await step.do("look", tools.work.look())')
    await until(lambda: stage.crew.made)
    found: dict[str, Any] = {}
    for run in (sleeping, waiting, asking, running):
        await until(partial(_moved, run))
        found[run.record.status] = [*found.get(run.record.status, []), run.record.reason]
    assert found == {
        "sleeping": [{"waits": [wait("sleep", "nap#1", now)]}],
        "waiting": [
            {"waits": [{**wait("event", "take#1", now), "types": ["ping", "pong"]}]},
            {"waits": [wait("approval", "agree#1", now)]},
        ],
        "running": [None],
    }


def wait(what: str, step: str, now: float) -> dict[str, Any]:
    return {"for": what, "step": step, "since": now, "until": now + 60, "line": 5}


async def _moved(run: RunHandle) -> bool:
    return (await run.refresh()).status != "queued"


async def test_62_a_result_is_only_of_what_completed_and_an_error_only_of_what_failed(stage: Stage) -> None:
    sleeping = await stage.start('await step.sleep("nap", "1 day")')
    completed, failed = await stage.start("return 5"), await stage.start('raise PlanFailed("no use")')
    await stage.flow.settle()
    for run in (sleeping, completed, failed):
        await run.refresh()
    assert (completed.record.result, completed.record.error) == (5, None)
    assert (failed.record.result, failed.record.error["type"], failed.record.error["message"]) == (
        None,
        "PlanFailed",
        "no use",
    )
    assert (sleeping.record.result, sleeping.record.error, sleeping.record.ended_at) == (None, None, None)
    await sleeping.cancel()
    with pytest.raises(RunFailed, match="was cancelled"):
        await sleeping.result()
    assert (sleeping.record.result, sleeping.record.error) == (None, None)


async def test_63_whoever_reads_on_from_a_number_sees_all_that_comes_once_and_in_order(stage: Stage) -> None:
    """The history is numbered from 0 without a gap, and a watch ends with the run."""
    run = await stage.start('return [await step.do(f"look {n}", tools.work.look(value=n)) for n in range(5)]')
    seen: list[dict[str, Any]] = []
    async for _ in run.watch():
        cursor = len(seen)
        seen += [entry for entry in await run.history() if entry["n"] >= cursor]
    assert run.record.status == "completed"
    assert seen == list(await run.history())
    assert [(entry["n"], entry["key"]) for entry in seen] == [(0, "")] + [(n, f"look {n - 1}#1:1") for n in range(1, 6)]
