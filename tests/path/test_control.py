"""What people do to a run: pause, resume, cancel, restart, delete."""

from __future__ import annotations

import pytest

from agentflow.errors import Conflict, NotFound, RunFailed

from ..fakes.waiting import until
from ..fakes.worker import embedded
from .harness import HANG, Stage

HOUR = 3600.0


async def test_a_paused_run_lets_its_attempt_finish_and_starts_no_new_turn(stage: Stage) -> None:
    body = 'await step.do("first", tools.work.look(value=1))\nreturn await step.do("second", tools.work.look(value=2))'
    stage.crew.will("look", HANG)
    run = await stage.start(body)
    await stage.calls(1)
    await run.pause()
    await until(lambda: _read(stage, run.id))
    assert (await run.refresh()).status == "running"
    stage.crew.released.set()
    record = await stage.reach(run, "paused")
    assert record.reason["paused"] == "on request"
    assert stage.crew.cancelled == []
    assert [(step.key, step.state) for step in await run.steps()] == [("first#1", "done")]
    await run.resume()
    assert await stage.result(run) == 2


async def test_a_failed_attempt_of_a_paused_run_is_tried_again_after_resume(stage: Stage) -> None:
    stage.crew.will("look", ValueError("no"))
    run = await stage.start('return await step.do("try", tools.work.look(value=1), retries={"delay": "1 hour"})')
    await stage.reach(run, "sleeping")
    await run.pause()
    await stage.reach(run, "paused")
    stage.clock.advance(5 * HOUR)
    await run.resume()
    assert (await stage.reach(run, "sleeping")).reason["waits"][0]["until"] == stage.clock.now() + HOUR
    assert await stage.result(run) == 1


async def test_an_approval_that_is_given_during_a_pause_lets_the_step_begin_after_it(stage: Stage) -> None:
    run = await stage.start('return await step.do("wire", tools.bank.wire(value=1))')
    question = await stage.question()
    await run.pause()
    await stage.reach(run, "paused")
    await question.approve()
    await until(lambda: _read(stage, run.id))
    assert ((await run.refresh()).status, [step.state for step in await run.steps()]) == ("paused", ["held"])
    await run.resume()
    assert await stage.result(run) == 1


async def test_an_attempt_that_times_out_during_a_pause_is_repeated_after_it(stage: Stage) -> None:
    stage.crew.will("look", HANG)
    options = 'timeout=60, retries={"limit": 1, "delay": 0}'
    run = await stage.start(f'return await step.do("look", tools.work.look(value=1), {options})')
    await stage.calls(1)
    await run.pause()
    await until(lambda: _read(stage, run.id))
    stage.clock.advance(60)
    await stage.reach(run, "paused")
    assert len(stage.crew.made) == 1
    await run.resume()
    assert await stage.result(run) == 1


async def test_a_sleep_keeps_what_was_left_over_a_pause(stage: Stage) -> None:
    run = await stage.start('await step.sleep("nap", "10 hours")')
    await stage.reach(run, "sleeping")
    stage.clock.advance(4 * HOUR)
    await run.pause()
    [wait] = (await stage.reach(run, "paused")).reason["waits"]
    assert (wait["until"], wait["left"]) == (None, 6 * HOUR)
    assert [view.due for view in await run.steps()] == [None]
    stage.clock.advance(100 * HOUR)
    await run.resume()
    assert (await stage.reach(run, "sleeping")).reason["waits"][0]["until"] == stage.clock.now() + 6 * HOUR
    await stage.result(run)


async def test_a_wait_for_an_event_keeps_what_was_left_over_a_pause(stage: Stage) -> None:
    run = await stage.start('await step.wait_for_event("ev", "ping", timeout="10 hours")')
    await stage.reach(run, "waiting")
    stage.clock.advance(4 * HOUR)
    await run.pause()
    await stage.reach(run, "paused")
    stage.clock.advance(100 * HOUR)
    await run.resume()
    assert (await stage.reach(run, "waiting")).reason["waits"][0]["until"] == stage.clock.now() + 6 * HOUR


@pytest.mark.parametrize(
    ("wait", "type"),
    [
        ('step.sleep_until("then", event.payload["then"])', None),
        ('step.wait_for_approval("go", "Go?", timeout="10 hours")', "ApprovalExpired"),
        ('step.wait_for_event("ev", "ping", timeout=step.now() + timedelta(hours=10))', "WaitTimeout"),
    ],
)
async def test_moments_stand_over_a_pause(stage: Stage, wait: str, type: str | None) -> None:
    payload = {"then": stage.clock.now() + 10 * HOUR}
    run = await stage.start(f"await {wait}", payload, before="from datetime import timedelta\n")
    await stage.reach(run, "sleeping", "waiting")
    await run.pause()
    await stage.reach(run, "paused")
    stage.clock.advance(100 * HOUR)
    await run.resume()
    record = await stage.reach(run, "failed" if type else "completed")
    assert (record.error or {}).get("type") == type


async def test_what_comes_during_a_pause_is_delivered_after_it(stage: Stage) -> None:
    run = await stage.start('return (await step.wait_for_event("ev", "ping")).payload')
    await stage.reach(run, "waiting")
    await run.pause()
    await stage.reach(run, "paused")
    await run.send("ping", "in the meantime")
    await run.pause()
    await until(lambda: _read(stage, run.id))
    assert (await run.refresh()).status == "paused"
    await run.resume()
    assert await stage.result(run) == "in the meantime"


async def _read(stage: Stage, run: str) -> bool:
    return not await stage.flow._open().store.rows("messages", id=run)


async def test_resuming_a_run_that_is_not_paused_changes_nothing(stage: Stage) -> None:
    run = await stage.start('await step.sleep("nap", "1 hour")')
    await stage.reach(run, "sleeping")
    await run.resume()
    await until(lambda: _read(stage, run.id))
    assert (await run.refresh()).status == "sleeping"


async def test_cancel_ends_attempts_withdraws_questions_and_runs_no_finally(stage: Stage) -> None:
    body = """
    try:
        await step.gather(step.do("look", tools.work.look()), step.wait_for_approval("go", "Go?"), step.sleep("n", 60))
    except Exception:
        await step.do("note", tools.work.keep(value="except"))
    finally:
        await step.do("note", tools.work.keep(value="finally"))
    """
    stage.crew.will("look", HANG)
    run = await stage.start(body)
    await stage.calls(1)
    question = await stage.question()
    await run.cancel()
    record = await stage.reach(run, "cancelled")
    assert (record.result, record.error, record.ended_at) == (None, None, stage.clock.now())
    assert stage.crew.cancelled == ["look"]
    assert {step.key: step.state for step in await run.steps()} == {
        "look#1": "withdrawn",
        "go#1": "withdrawn",
        "n#1": "withdrawn",
    }
    with pytest.raises(Conflict, match="is withdrawn: its run does not wait for it any more"):
        await question.approve()
    with pytest.raises(RunFailed, match="was cancelled"):
        await run.result()
    stage.clock.advance(1000)
    assert stage.crew.values("keep") == []


@pytest.mark.parametrize("verb", ["pause", "resume", "cancel"])
async def test_a_run_that_has_ended_cannot_be_moved(stage: Stage, verb: str) -> None:
    run = await stage.start("return 1")
    await stage.result(run)
    with pytest.raises(Conflict, match=r"is completed: it can no longer be"):
        await getattr(run, verb)()


async def test_a_paused_run_can_be_cancelled(stage: Stage) -> None:
    run = await stage.start('await step.sleep("nap", "1 hour")')
    await stage.reach(run, "sleeping")
    await run.pause()
    await stage.reach(run, "paused")
    await run.cancel()
    await stage.reach(run, "cancelled")


async def test_a_restart_is_a_new_generation_with_its_events_unread_and_new_keys(stage: Stage) -> None:
    body = """
    await step.do("keep", tools.work.keep())
    first = await step.wait_for_event("ev", "ping")
    await step.sleep("nap", "1 hour")
    return first.payload
    """
    run = await stage.start(body)
    await stage.reach(run, "waiting")
    await run.send("ping", 1)
    assert await stage.result(run) == 1
    assert (await run.restart()).status == "queued"
    assert await stage.result(run) == 1
    assert (run.record.generation, run.record.version) == (2, 1)
    first, second = stage.crew.made
    assert (first.key != second.key, second.attempt) == (True, 1)
    assert sorted(entry["kind"] for entry in await run.history()) == ["event", "outcome", "start", "timer"]


async def test_a_run_in_the_middle_can_be_restarted(stage: Stage) -> None:
    """Its attempt is cancelled, its questions are withdrawn, and what it still said is not heard."""
    stage.crew.will("look", HANG)
    body = 'await step.gather(step.do("look", tools.work.look(value=1)), step.wait_for_approval("go", "Go?"))\nreturn 7'
    run = await stage.start(body)
    await stage.calls(1)
    old = await stage.question()
    await run.restart()
    stage.clock.advance(1)
    await stage.calls(2)
    new = await stage.question()
    assert (new.id != old.id, new.record.generation) == (True, 2)
    await new.approve()
    assert await stage.result(run) == 7
    assert (stage.crew.cancelled, (await stage.flow.approvals.get(old.id)).record.status) == (["look"], "withdrawn")


async def test_a_deleted_run_is_gone_with_all_that_it_left(stage: Stage) -> None:
    run = await stage.start('await step.wait_for_approval("go", "Go?")')
    question = await stage.question()
    await run.delete()
    for lookup in (run.refresh, run.steps, run.pause, run.delete):
        with pytest.raises(NotFound, match=f"there is no run {run.id}"):
            await lookup()
    with pytest.raises(NotFound, match="there is no approval"):
        await question.approve()
    stage.clock.advance(1)
    await until(lambda: _idle(stage))
    store = stage.flow._open().store
    assert [await store.rows(name, run=run.id, generation=1) for name in ("history", "commands")] == [[], []]


async def _idle(stage: Stage) -> bool:
    return not embedded(stage.flow)._active


async def test_a_run_that_is_deleted_in_an_attempt_stops(stage: Stage) -> None:
    stage.crew.will("look", HANG)
    run = await stage.start('await step.do("look", tools.work.look())\nawait step.do("keep", tools.work.keep())')
    await stage.calls(1)
    await run.delete()
    stage.clock.advance(1)
    await until(lambda: stage.crew.cancelled == ["look"])
    await until(lambda: _idle(stage))
    assert stage.crew.values("keep") == []
