"""Undoing, on the whole path: what a plan did is taken back by tools, durably, with no code of the plan running."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from agentflow.engine import Item
from agentflow.engine.activity import Activity
from agentflow.errors import Conflict
from agentflow.guest.verbs import NonRetryableError
from agentflow.store import Write
from tests.fakes.waiting import until

from .harness import Stage

TWO = """
first = await step.do("first", tools.work.keep(value="a"), rollback=lambda result: tools.work.keep(value="undo " + result))
second = await step.do("second", tools.work.keep(value="b"), rollback=lambda result: tools.work.keep(value="undo " + result))
"""  # noqa: E501
FAIL = TWO + 'raise PlanFailed("no")\n'
WAIT = TWO + 'await step.wait_for_event("go", "go")\n'


async def test_a_failed_run_undoes_what_it_did_in_reverse_order(stage: Stage) -> None:
    run = await stage.start(FAIL)
    error = await stage.error(run)
    assert (error["type"], error["message"]) == ("PlanFailed", "no")
    assert stage.crew.values() == ["a", "b", "undo b", "undo a"]
    assert run.record.rollback["undone"] == ["second#1", "first#1"]


async def test_no_code_of_the_plan_runs_while_it_is_undone(stage: Stage) -> None:
    body = TWO.replace("first =", "try:\n    first =").replace("second =", "    second =")
    late = "finally:\n    await step.do('late', tools.work.keep(value='late'))"
    run = await stage.start(f"{body}    await step.wait_for_event('go', 'go')\n{late}")
    await stage.reach(run, "waiting")
    await run.cancel(rollback=True)
    await stage.reach(run, "cancelled")
    assert stage.crew.values() == ["a", "b", "undo b", "undo a"]


async def test_a_cancelled_run_undoes_nothing_unless_it_is_asked_to(stage: Stage) -> None:
    run = await stage.start(WAIT)
    await stage.reach(run, "waiting")
    await run.cancel()
    await stage.reach(run, "cancelled")
    assert (stage.crew.values(), run.record.rollback) == (["a", "b"], None)
    with pytest.raises(Conflict, match="is cancelled and undid nothing"):
        await run.rollback()


async def test_an_undoing_that_fails_for_good_is_said_and_can_be_tried_again(stage: Stage) -> None:
    run = await stage.start(WAIT)
    await stage.reach(run, "waiting")
    stage.crew.will("keep", *(ValueError("closed") for _ in range(6)))
    await run.cancel(rollback=True)
    await stage.skip(run, "cancelled")
    rollback = run.record.rollback
    assert (rollback["outcome"], rollback["undone"], rollback["left"]) == ("failed", [], ["second#1", "first#1"])
    assert rollback["error"]["message"] == "second could not be undone: closed"
    await run.rollback()
    await stage.skip(run, "cancelled")
    assert run.record.rollback["undone"] == ["second#1", "first#1"]
    with pytest.raises(Conflict, match="nothing is left that it could not undo"):
        await run.rollback()


async def test_an_undoing_whose_tool_was_not_granted_is_made_once_it_is(stage: Stage) -> None:
    """What was known of the call when it was registered is looked up anew: also that a person has to agree."""
    undone = TWO.replace('work.keep(value="undo', 'work.pay(value="undo', 1)
    undone = undone.replace('work.keep(value="undo', 'bank.wire(value="undo')
    run = await stage.start(f"await step.sleep('a while', 60)\n{undone}raise PlanFailed('no')")
    await stage.reach(run, "sleeping")
    await stage.flow.agents.create("crew", model="offline:demo", tools=["work.keep"], review="never", update=True)
    await stage.error(run)
    why = "second could not be undone: bank.wire is not granted to this agent"
    assert run.record.rollback["error"]["message"].startswith(why)
    await run.rollback()
    await stage.skip(run, "failed")
    assert run.record.rollback["left"] == ["second#1", "first#1"]
    await stage.flow.agents.create("crew", model="offline:demo", tools=["*"], review="never", update=True)
    await run.rollback()
    await (await stage.question()).approve("fine")
    await stage.reach(run, "failed")
    assert (run.record.rollback["outcome"], stage.crew.values()[2:]) == ("complete", ["undo b", "undo a"])


async def test_an_undoing_that_is_asked_for_while_something_late_is_put_away_is_not_put_away_with_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def finished(step: Activity, writes: Sequence[Write]) -> None:
        monkeypatch.setattr(Activity, "finish", finish)
        await run.rollback()
        await finish(step, writes)

    stage.crew.will("keep", "a", "b", NonRetryableError("closed"))
    run = await stage.start(FAIL)
    await stage.error(run)
    finish = Activity.finish
    monkeypatch.setattr(Activity, "finish", finished)
    await run._house.engine.post(run.id, Item("child", "gone#1", {"child": "run_x", "ok": 1}, stage.clock.now()))

    async def undone() -> bool:
        rollback = (await run.refresh()).rollback
        return run.status == "failed" and rollback is not None and rollback["outcome"] == "complete"

    await until(undone)
    assert stage.crew.values() == ["a", "b", "undo b", "undo b", "undo a"]


async def test_a_plan_undoes_some_of_its_steps_and_goes_on(stage: Stage) -> None:
    run = await stage.start(TWO + 'done = await step.rollback("second")\nreturn done')
    assert await stage.result(run) == ["second#1"]
    assert stage.crew.values() == ["a", "b", "undo b"]


async def test_a_rollback_function_sees_what_its_step_saw_and_changes_nothing(stage: Stage) -> None:
    run = await stage.start(
        """
        seen = []
        def undo(result):
            return tools.work.keep(value=[name, result, len(seen)])
        name = "before"
        await step.do("one", tools.work.keep(value=1), rollback=undo)
        name = "after"
        seen.append(1)
        raise PlanFailed("no")
        """
    )
    await stage.error(run)
    assert stage.crew.values() == [1, ["before", 1, 0]]


async def test_a_step_without_anything_to_undo_is_passed_over(stage: Stage) -> None:
    run = await stage.start(
        'await step.do("one", tools.work.keep(value=1), rollback=lambda result: None)\nraise PlanFailed("no")'
    )
    await stage.error(run)
    assert (stage.crew.values(), run.record.rollback) == ([1], None)


async def test_a_person_is_asked_where_the_undoing_tool_wants_one(stage: Stage) -> None:
    run = await stage.start(
        """
        await step.do("one", tools.work.keep(value=1), rollback=lambda result: tools.bank.wire(value=result))
        raise PlanFailed("no")
        """
    )
    question = await stage.question()
    assert question.record.calls[0].tool == "bank.wire"
    await question.approve("fine")
    await stage.reach(run, "failed")
    assert stage.crew.values("wire") == [1]


async def test_a_function_step_can_be_undone(stage: Stage) -> None:
    run = await stage.start(
        """
        @step.do("both", rollback=lambda result: tools.work.keep(value=result["undo"]))
        async def both():
            return {"undo": await tools.work.keep(value="x")}
        await both()
        raise PlanFailed("no")
        """
    )
    await stage.error(run)
    assert stage.crew.values() == ["x", "x"]
