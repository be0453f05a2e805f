"""What a test says of steps is what their attempts come to."""

from __future__ import annotations

import pytest

from agentflow import NonRetryableError
from agentflow.errors import RunFailed, UsageError
from agentflow.testing import TestFlow, Tried

from .desk import plan

LOOK = 'return await step.do("look", tools.desk.look(value=1), retries={"limit": 2, "delay": 0})'
PAY = 'return await step.do("pay", tools.desk.pay(value=1), retries={"limit": 2, "delay": 0})'
BODY = ("async def body():", "    return await tools.desk.look(value=2)", 'return await step.do("body", body)')


async def test_a_step_of_which_nothing_is_said_calls_its_tool(flow: TestFlow) -> None:
    run = await flow.run(plan(LOOK))
    assert await run.result() == "looked at 1"
    assert flow.steps("look").tried == (Tried(run.id, "look#1", 1, "desk.look", {"value": 1}, mocked=False),)


async def test_a_result_is_given_in_place_of_the_tools(flow: TestFlow) -> None:
    flow.steps("look").returns({"total": 7})
    run = await flow.run(plan(LOOK))
    assert await run.result() == await run.step_result("look") == {"total": 7}
    assert [tried.mocked for tried in flow.steps("look").tried] == [True]


async def test_a_function_step_gives_the_result_and_its_body_is_not_run(flow: TestFlow) -> None:
    flow.steps("body").returns(9)
    run = await flow.run(plan(*BODY))
    assert await run.result() == 9
    assert flow.steps().tried == (Tried(run.id, "body#1", 1, None, None, mocked=True),)


async def test_a_function_step_of_which_nothing_is_said_runs_and_is_noted_once(flow: TestFlow) -> None:
    run = await flow.run(plan(*BODY))
    assert await run.result() == "looked at 2"
    assert [tried.step for tried in flow.steps().tried] == ["body#1"]


async def test_an_error_is_raised_so_often_and_then_the_tool_is_called(flow: TestFlow) -> None:
    flow.steps("look").raises(ConnectionError("down"), times=2)
    run = await flow.run(plan(LOOK))
    assert await run.result() == "looked at 1"
    assert [(tried.attempt, tried.mocked) for tried in flow.steps("look").tried] == [(1, True), (2, True), (3, False)]


async def test_an_error_without_a_number_is_raised_by_every_attempt(flow: TestFlow) -> None:
    flow.steps("look").raises(ConnectionError("down"))
    run = await flow.run(plan(LOOK))
    error = await run.error()
    assert (error["type"], error["message"], error["attempts"]) == ("ConnectionError", "down", 3)
    with pytest.raises(RunFailed, match="ConnectionError: down"):
        await run.result()


async def test_a_non_retryable_error_ends_the_step_as_that_of_a_tool_does(flow: TestFlow) -> None:
    flow.steps("look").raises(NonRetryableError("never"))
    assert (await (await flow.run(plan(LOOK))).error())["attempts"] == 1


async def test_what_is_said_is_used_up_in_order(flow: TestFlow) -> None:
    flow.steps("look").raises(ConnectionError("down"), times=1).times_out().returns("mocked")
    run = await flow.run(plan(LOOK))
    assert await run.result() == "mocked"


async def test_what_is_said_later_takes_the_place_of_what_was_said_of_all_attempts(flow: TestFlow) -> None:
    flow.steps("look").returns("first")
    flow.steps("look").returns("second")
    assert await (await flow.run(plan(LOOK))).result() == "second"


async def test_a_key_means_one_occurrence_and_no_name_means_every_step(flow: TestFlow) -> None:
    flow.steps("look#2").returns("second")
    run = await flow.run(plan('return [await step.do("look", tools.desk.look(value=n)) for n in range(3)]'))
    assert await run.result() == ["looked at 0", "second", "looked at 2"]
    flow.steps().returns("any", times=1)
    assert await (await flow.run(plan(LOOK))).result() == "any"


async def test_what_undoes_a_step_is_a_step_of_its_own(flow: TestFlow) -> None:
    body = (
        'await step.do("look", tools.desk.look(value=1), rollback=lambda result: tools.desk.look(value=[result]))',
        'raise ValueError("no")',
    )
    flow.steps("look").returns("mocked")
    flow.steps("look/undo").raises(ConnectionError("down"), times=1)
    flow.skip_retry_delays()
    run = await flow.run(plan(*body))
    assert (await run.error())["message"] == "no"
    undone = [(one.step, one.args, one.mocked) for one in flow.steps("look/undo").tried]
    assert undone == [("look#1/undo", {"value": ["mocked"]}, True), ("look#1/undo", {"value": ["mocked"]}, False)]


async def test_an_attempt_that_is_cut_off_is_retried_where_that_is_safe(flow: TestFlow) -> None:
    """Its error is that of a time-out, and the clock has not moved."""
    before = flow.clock.now()
    flow.steps("look").times_out()
    run = await flow.run(plan(LOOK))
    assert await run.result() == "looked at 1"
    flow.steps("look").times_out(times=None)
    error = await (await flow.run(plan(LOOK))).error()
    assert (error["type"], error["attempts"], flow.clock.now()) == ("StepTimeout", 3, before)


async def test_an_attempt_of_a_tool_that_may_act_only_once_is_in_doubt_when_it_is_cut_off(flow: TestFlow) -> None:
    """As in earnest: a person says what happened. An error, on the other hand, is known."""
    flow.steps("pay").raises(ConnectionError("down"), times=1).times_out()
    run = await flow.run(plan(PAY))
    question = await flow.question()
    assert (question.record.kind, question.record.step) == ("outcome", "pay#1")
    await question.happened("paid by hand")
    assert await run.result() == "paid by hand"
    assert len(flow.steps("pay").tried) == 2


async def test_a_mocked_result_is_checked_as_a_real_one_is(flow: TestFlow) -> None:
    flow.steps("look").returns(object())
    assert "object" in (await (await flow.run(plan(LOOK))).error())["message"]


@pytest.mark.parametrize("times", [0, -1])
def test_a_number_of_times_below_one_is_refused(times: int) -> None:
    with pytest.raises(UsageError, match=f"times cannot be {times}"):
        TestFlow().steps("look").returns(1, times=times)
