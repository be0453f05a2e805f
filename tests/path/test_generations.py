"""One run, several generations: continued as new, or begun again from one of its steps."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from agentflow.app import RunHandle
from agentflow.errors import Conflict, NotFound, UnknownOutcome
from agentflow.guest.verbs import NonRetryableError
from tests.fakes.waiting import until

from .harness import HANG, Stage, plan
from .test_delegation import child, helper, model_answers

ROUNDS = """
n = event.payload["n"]
await step.do("round", tools.work.keep(value=n), rollback=lambda result: tools.work.keep(value="undo"))
if n < 3:
    await step.continue_as_new({"n": n + 1})
await step.sleep("rest", 10)
return [n, (await step.wait_for_event("word", "word")).payload]
"""


async def test_a_run_that_continues_as_new_has_a_new_payload_and_an_empty_history(stage: Stage) -> None:
    run = await stage.start(ROUNDS, {"n": 1})
    await stage.skip(run, "waiting")
    await run.send("word", "go")
    assert await stage.result(run) == [3, "go"]
    assert stage.crew.values() == [1, 2, 3]
    assert (run.record.generation, run.record.payload) == (3, {"n": 3})
    assert [view.key for view in await run.steps()] == ["round#1", "rest#1", "word#1"]


async def test_a_generation_that_does_nothing_is_followed_a_second_after_it_began(stage: Stage) -> None:
    run = await stage.start(
        """
        await step.progress("again")
        await step.continue_as_new({"n": event.payload["n"] + 1})
        """,
        {"n": 1},
    )
    begun = stage.clock.now()
    for n in (2, 3):
        await until(partial(_is_at, run, n))
        record = await stage.reach(run, "sleeping")
        [wait] = record.reason["waits"]
        assert (record.payload, wait["step"], wait["until"]) == ({"n": n}, "continue_as_new", begun + n - 1)
        stage.clock.advance(1)
    await run.cancel()
    await stage.reach(run, "cancelled")


async def _is_at(run: RunHandle, n: int) -> bool:
    return bool((await run.refresh()).payload == {"n": n})


async def test_a_generation_that_did_something_is_followed_at_once(stage: Stage) -> None:
    begun = stage.clock.now()
    run = await stage.start(ROUNDS, {"n": 1})
    await stage.reach(run, "sleeping")
    assert (run.record.generation, stage.clock.now(), run.record.reason["waits"][0]["step"]) == (3, begun, "rest#1")


async def test_events_that_nobody_read_are_kept_in_their_order(stage: Stage) -> None:
    run = await stage.start(
        """
        if event.payload.get("again"):
            first = await step.wait_for_event("first", "word")
            second = await step.wait_for_event("second", "word")
            return [first.payload, second.payload]
        await step.wait_for_event("go", "go")
        await step.continue_as_new({"again": True})
        """
    )
    await stage.reach(run, "waiting")
    await run.send("word", 1)
    await run.send("go")
    await run.send("word", 2)
    assert await stage.result(run) == [1, 2]


async def test_rollbacks_are_forgotten_when_a_run_continues_as_new(stage: Stage) -> None:
    run = await stage.start(ROUNDS, {"n": 1})
    await stage.skip(run, "waiting")
    await run.cancel(rollback=True)
    await stage.reach(run, "cancelled")
    assert stage.crew.values() == [1, 2, 3, "undo"]


THREE = """
a = await step.do("a", tools.work.keep(value="a"))
b = await step.do("b", tools.work.keep(value=a + "b"))
c = await step.do("c", tools.work.keep(value=b + "c"))
return c
"""


async def test_a_restart_from_a_step_keeps_what_was_done_before_it(stage: Stage) -> None:
    run = await stage.start(THREE)
    assert await stage.result(run) == "abc"
    stage.crew.will("keep", "B")
    await run.restart("b")
    assert await stage.result(run) == "Bc"
    assert stage.crew.values() == ["a", "ab", "abc", "ab", "Bc"]
    assert run.record.generation == 2


async def test_a_restart_from_a_step_makes_its_effect_under_a_new_key_and_inherited_ones_never(stage: Stage) -> None:
    run = await stage.start(THREE)
    await stage.result(run)
    await run.restart("c#1")
    await stage.result(run)
    keys = [made.key for made in stage.crew.made]
    assert len(keys) == 4
    assert keys[2] != keys[3]


async def test_an_unknown_step_is_refused_and_nothing_happens(stage: Stage) -> None:
    run = await stage.start(THREE)
    await stage.result(run)
    with pytest.raises(NotFound, match="has not started a step d#1: it started a#1, b#1, c#1"):
        await run.restart("d")
    assert ((await run.refresh()).generation, run.record.status) == (1, "completed")


async def test_steps_that_were_open_keep_their_results_and_events_are_unread_again(stage: Stage) -> None:
    run = await stage.start(
        """
        async def left():
            await step.sleep("nap", 100)
            return await step.do("left", tools.work.keep(value="left"))
        async def right():
            first = await step.do("right", tools.work.keep(value="right"))
            return [first, (await step.wait_for_event("word", "word")).payload]
        return await step.gather(left(), right())
        """
    )
    await stage.reach(run, "waiting")
    await run.send("word", "go")
    assert await stage.result(run) == ["left", ["right", "go"]]
    woke = stage.clock.now()
    await run.restart("right")
    assert await stage.result(run) == ["left", ["right", "go"]]
    assert stage.crew.values("keep") == ["right", "left", "right", "left"]
    assert stage.clock.now() == woke  # the nap, open then, is not slept again


async def test_what_a_step_waits_for_counts_from_its_restart(stage: Stage) -> None:
    """A run that failed since nothing came in time has all of that time again, and its clock is that of the restart."""
    run = await stage.start(
        """
        await step.do("first", tools.work.keep(value="first"))
        began = step.now()
        await step.wait_for_event("word", "word", timeout=60)
        await step.sleep("nap", 50)
        return began.timestamp()
        """
    )
    assert (await stage.error(run))["type"] == "WaitTimeout"
    stage.clock.advance(1_000)
    again = stage.clock.now()
    await run.restart("word")
    await stage.reach(run, "waiting")
    assert run.record.reason is not None
    assert run.record.reason["waits"][0]["until"] == again + 60
    await run.send("word")
    assert await stage.result(run) == again
    assert stage.clock.now() == again + 50


@pytest.mark.parametrize("nap", ['step.sleep("nap", 5)', 'step.sleep_until("nap", step.now())'])
async def test_after_a_sleep_it_counts_from_its_restart_as_well(stage: Stage, nap: str) -> None:
    """The turn that is delivered anew may be that of a timer, which is over and not waited for again."""
    run = await stage.start(f'await {nap}\nawait step.wait_for_event("word", "word", timeout=60)')
    await stage.error(run)
    stage.clock.advance(1_000)
    again = stage.clock.now()
    for _ in range(2):
        await run.restart("word")
        await stage.reach(run, "waiting")
        assert run.record.reason is not None
        assert run.record.reason["waits"][0]["until"] == again + 60
    rang = [entry for entry in await run.history() if entry["key"] == "nap#1:due"]
    assert len(rang) == 1


async def test_what_was_open_before_the_step_keeps_what_was_left_of_it(stage: Stage) -> None:
    """A block with a limit of time, of which the restarted step needs the rest."""
    stage.crew.will("look", ConnectionError("down"))
    run = await stage.start(
        """
        async with step.timeout(100):
            await step.sleep("nap", 30)
            await step.do("look", tools.work.look(value="seen"), retries={"limit": 0})
            await step.sleep("rest", 60)
        """
    )
    await stage.error(run)
    stage.clock.advance(1_000)
    again = stage.clock.now()
    await run.restart("look")
    await stage.result(run)
    assert stage.clock.now() == again + 60


async def test_attempts_of_a_step_that_stays_open_keep_their_order(stage: Stage) -> None:
    """It failed, waited, and was done: its second attempt is not made a second time."""
    stage.crew.will("pay", ConnectionError("busy"))
    run = await stage.start(
        """
        async def pay():
            return await step.do("pay", tools.work.pay(value=1))
        async def other():
            await step.sleep("first", 1)
            await step.do("other", tools.work.keep(value="other"))
        return (await step.gather(pay(), other()))[0]
        """
    )
    assert await stage.result(run) == 1
    await run.restart("other")
    assert await stage.result(run) == 1
    assert stage.crew.values("pay") == [1, 1]


async def test_a_question_that_was_decided_for_a_step_that_stays_open_is_not_asked_again(stage: Stage) -> None:
    run = await stage.start(
        """
        async def other():
            return await step.do("other", tools.work.keep(value="other"))
        async def wire():
            await step.do("wire", tools.bank.wire(value=5))
            await step.sleep("nap", 50)
        await step.gather(wire(), other())
        await step.wait_for_event("go", "go")
        """
    )
    await (await stage.question()).approve()
    await stage.calls(2)
    await stage.reach(run, "sleeping")
    await run.restart("other")
    await stage.calls(3)
    await stage.reach(run, "sleeping")
    assert stage.crew.values("wire") == [5]
    assert stage.crew.values("keep") == ["other", "other"]
    assert await stage.flow.approvals.pending() == []


async def test_what_was_decided_and_delegated_before_the_step_stays_so(stage: Stage) -> None:
    """An unknown outcome, an approval and a child of steps that were over already: nobody is asked again."""
    helper = await stage.flow.agents.create("helper", model="offline:./answers", tools=["*"], review="never")
    await helper.register(plan('return "done"'))
    await stage.flow.agents.create(
        "crew", model="offline:./answers", tools=["*"], review="never", agents=["helper"], update=True
    )
    stage.crew.will("pay", UnknownOutcome("cut off"))
    body = """
    paid = await step.do("pay", tools.work.pay(value=1))
    await step.wait_for_approval("go", "Go?")
    child = await step.delegate("sub", "helper", payload={})
    kept = await step.do("keep", tools.work.keep(value=2))
    word = await step.wait_for_event("word", "word")
    return [paid, child, kept, word.payload]
    """
    run = await stage.start(body)
    await (await stage.question()).happened("paid")
    await (await stage.question()).approve()
    await until(lambda: 2 in stage.crew.values())
    await stage.reach(run, "waiting")
    for _ in range(2):
        await run.restart("keep")
        await stage.reach(run, "waiting")
        assert await stage.flow.approvals.pending() == []
    await run.send("word", "go")
    assert await stage.result(run) == ["paid", "done", 2, "go"]
    assert stage.crew.values() == [1, 2, 2, 2]


async def test_an_effect_in_flight_at_a_restart_is_not_made_twice_unseen(stage: Stage) -> None:
    stage.crew.will("pay", HANG)
    run = await stage.start(
        """
        async def pay():
            return await step.do("pay", tools.work.pay(value=1))
        async def other():
            return await step.do("other", tools.work.keep(value="other"))
        return await step.gather(pay(), other())
        """
    )
    await stage.calls(2)
    await run.restart("other")
    question = await stage.question()
    assert (question.record.kind, question.record.step) == ("outcome", "pay#1")
    await question.happened("paid")
    assert await stage.result(run) == ["paid", "other"]
    assert stage.crew.values("pay") == [1]


BESIDE = """
async def aside():
    return {aside}
async def work():
    await step.do("x", tools.work.keep(value="x"))
    await step.do("y", tools.work.keep(value="y"))
    await step.wait_for_event("go", "go")
    return "worked"
return await step.gather(aside(), work())
"""
"""One step beside a chain: it is open when the chain's second step starts."""


async def beside(stage: Stage, aside: str) -> RunHandle:
    """A run that waits in both of its branches."""
    run = await stage.start(BESIDE.format(aside=aside))
    await stage.calls(2)
    await stage.reach(run, "waiting")
    return run


async def test_a_question_that_was_withdrawn_with_the_run_is_open_again(stage: Stage) -> None:
    run = await beside(stage, 'await step.ask("who", "Who?")')
    await stage.question()
    await run.cancel()
    await stage.reach(run, "cancelled")
    await run.restart("y")
    await stage.reach(run, "waiting")
    await run.send("go")
    await (await stage.question()).answer("ann")
    assert await stage.result(run) == ["ann", "worked"]


async def test_a_question_that_had_expired_expires_again(stage: Stage) -> None:
    run = await beside(stage, 'await step.ask("who", "Who?", default="nobody", timeout=60)')
    stage.clock.advance(100)
    await until(lambda: _has_no_question(stage))
    await run.send("go")
    assert await stage.result(run) == ["nobody", "worked"]
    await run.restart("y")
    assert await stage.result(run) == ["nobody", "worked"]


async def _has_no_question(stage: Stage) -> bool:
    return not await stage.flow.approvals.pending()


async def test_an_effect_that_was_cut_off_by_a_cancel_is_not_made_twice_unseen(stage: Stage) -> None:
    stage.crew.will("pay", HANG)
    run = await stage.start(BESIDE.format(aside='await step.do("pay", tools.work.pay(value=1))'))
    await stage.calls(3)
    await run.cancel()
    await stage.reach(run, "cancelled")
    await run.restart("y")
    await (await stage.question()).happened("paid")
    await run.send("go")
    assert await stage.result(run) == ["paid", "worked"]
    assert stage.crew.values("pay") == [1]


async def test_what_has_been_undone_is_not_taken_over_as_done(stage: Stage) -> None:
    stage.crew.will("look", NonRetryableError("no"))
    run = await stage.start(
        """
        await step.do("first", tools.work.keep(value=1))
        await step.do("second", tools.work.keep(value=2), rollback=lambda result: tools.work.keep(value="undo"))
        await step.do("third", tools.work.look())
        """
    )
    await stage.error(run)
    with pytest.raises(Conflict, match="second#1 has been undone: restart it from there, or from a step before"):
        await run.restart("third")
    await run.restart("second")
    await stage.result(run)
    assert stage.crew.values("keep") == [1, 2, "undo", 2]


async def test_an_event_that_is_delivered_while_a_run_is_restarted_is_not_lost(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def restart(*args: Any, **more: Any) -> None:
        monkeypatch.setattr(engine, "restart", begin)
        await run.send("word", "late")
        await until(lambda: _has_heard(stage, run, "late"))
        await begin(*args, **more)

    run = await beside(stage, '(await step.wait_for_event("word", "word")).payload')
    engine = run._house.engine
    begin = engine.restart
    monkeypatch.setattr(engine, "restart", restart)
    await run.restart("y")
    await run.send("go")
    assert await stage.result(run) == ["late", "worked"]


async def _has_heard(stage: Stage, run: RunHandle, payload: str) -> bool:
    rows = await run._house.store.rows("history", run=run.id, generation=1)
    return payload in (rows[-1]["body"] or "")


async def test_a_decision_that_nobody_has_heard_of_yet_is_kept(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    run = await beside(stage, 'await step.ask("who", "Who?")')
    question = await stage.question()
    with monkeypatch.context() as silent:
        silent.setattr(run._house.engine, "ring", lambda: None)
        await question.answer("ann")
        await run.restart("y")
    run._house.engine.ring()
    await stage.calls(3)
    await stage.reach(run, "waiting")
    await run.send("go")
    assert await stage.result(run) == ["ann", "worked"]


async def test_what_was_delegated_and_ended_with_the_run_is_told_again(stage: Stage) -> None:
    await helper(stage, 'await step.wait_for_event("never", "never")')
    run = await beside(stage, 'await step.delegate("sub", "helper")')
    await run.cancel()
    other = await child(stage, run)
    await stage.reach(other, "cancelled")
    await run.restart("y")
    await run.send("go")
    error = await stage.error(run)
    assert (error["step"], error["type"]) == ("sub", "Cancelled")


async def test_a_delegated_goal_that_ended_with_the_run_is_told_again(stage: Stage) -> None:
    await helper(stage, "return 1")
    await stage.flow.agents.create("helper", model="offline:./answers", tools=["*"], review="always", update=True)
    model_answers(stage, "return 2")
    run = await beside(stage, 'await step.delegate("sub", "helper", goal="Do it")')

    async def in_review() -> bool:
        return [goal.status for goal in await stage.flow.goals.list()] == ["review"]

    await until(in_review)
    await run.cancel()
    await stage.reach(run, "cancelled")
    await run.restart("y")
    await run.send("go")
    error = await stage.error(run)
    assert (error["step"], error["type"]) == ("sub", "GoalCancelled")


async def test_what_was_paused_with_the_run_goes_on_with_it(stage: Stage) -> None:
    await helper(stage, 'return (await step.wait_for_event("word", "word")).payload')
    run = await beside(stage, 'await step.delegate("sub", "helper")')
    other = await child(stage, run)
    await stage.reach(other, "waiting")
    await run.pause()
    await stage.reach(other, "paused")
    await run.restart("y")
    await other.send("word", "done")
    await stage.calls(3)
    await stage.reach(run, "waiting")
    await run.send("go")
    assert await stage.result(run) == ["done", "worked"]


async def test_what_was_drawn_before_a_restart_from_a_step_is_drawn_again(stage: Stage) -> None:
    """Random numbers and the event's id are those of the generation that played what is taken over."""
    run = await stage.start(
        """
        drawn = [step.random(), str(step.uuid()), event.id]
        a = await step.do("a", tools.work.keep(value=drawn))
        await step.do("b", tools.work.keep(value="b"))
        return a == drawn
        """
    )
    assert await stage.result(run)
    await run.restart("b")
    assert await stage.result(run)
    assert (run.record.generation, len(stage.crew.made)) == (2, 3)
