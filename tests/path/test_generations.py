"""One run, several generations: continued as new, or begun again from one of its steps."""

from __future__ import annotations

import pytest

from agentflow.errors import NotFound, UnknownOutcome
from tests.fakes.waiting import until

from .harness import HANG, Stage, plan

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
