"""Outcomes that nobody knows: asked of a person for `once`, tried again for the rest."""

from __future__ import annotations

import pytest

from agentflow import UnknownOutcome
from agentflow.app import RunHandle

from .harness import HANG, Stage

CUT = UnknownOutcome("the connection was cut")
PAY = 'return await step.do("pay", tools.work.pay(value=5), retries={"limit": 3, "delay": 0}, timeout=60)'


async def in_doubt(stage: Stage) -> RunHandle:
    """A run whose payment may or may not have happened."""
    stage.crew.will("pay", CUT)
    run = await stage.start(PAY)
    await stage.reach(run, "waiting")
    return run


async def test_an_unknown_outcome_of_a_once_tool_waits_for_a_person_as_long_as_it_takes(stage: Stage) -> None:
    run = await in_doubt(stage)
    record = (await stage.question()).record
    assert (record.kind, record.step, record.expires_at) == ("outcome", "pay#1", None)
    assert record.question == "pay: did it happen? the connection was cut"
    assert [(call.tool, call.args) for call in record.calls] == [("work.pay", {"value": 5})]
    stage.clock.advance(400 * 86_400)
    assert (await stage.reach(run, "waiting")).reason["waits"][0]["for"] == "outcome"
    assert len(stage.crew.made) == 1


async def test_it_happened_takes_the_given_result(stage: Stage) -> None:
    run = await in_doubt(stage)
    await (await stage.question()).happened({"reference": "R1"}, "I looked it up")
    assert await stage.result(run) == {"reference": "R1"}
    assert len(stage.crew.made) == 1


async def test_it_did_not_happen_tries_again_with_the_same_key(stage: Stage) -> None:
    run = await in_doubt(stage)
    await (await stage.question()).not_happened()
    assert await stage.result(run) == 5
    assert [made.attempt for made in stage.crew.made] == [1, 2]
    assert len({made.key for made in stage.crew.made}) == 1


async def test_a_rejected_outcome_fails_the_step(stage: Stage) -> None:
    run = await in_doubt(stage)
    await (await stage.question()).reject("nobody knows")
    error = await stage.error(run)
    assert (error["kind"], error["type"], error["attempts"]) == ("StepFailed", "UnknownOutcome", 1)
    assert error["message"] == "the connection was cut"


async def test_an_attempt_of_a_once_tool_that_times_out_is_unknown(stage: Stage) -> None:
    stage.crew.will("pay", HANG)
    run = await stage.start(PAY)
    await stage.calls(1)
    stage.clock.advance(60)
    await (await stage.question()).not_happened()
    assert await stage.result(run) == 5
    assert stage.crew.cancelled == ["pay"]


async def test_a_passed_deadline_with_an_unknown_outcome_is_decided_first(stage: Stage) -> None:
    body = """
    try:
        return await step.do("pay", tools.work.pay(value=5), deadline=60)
    except StepTimeout as e:
        return "out of time"
    """
    stage.crew.will("pay", HANG)
    run = await stage.start(body)
    await stage.calls(1)
    stage.clock.advance(60)
    await (await stage.question()).not_happened()
    assert await stage.result(run) == "out of time"


async def test_waiting_for_the_decision_does_not_count_for_the_deadline(stage: Stage) -> None:
    stage.crew.will("pay", CUT)
    run = await stage.start('return await step.do("pay", tools.work.pay(value=5), deadline=60)')
    question = await stage.question()
    stage.clock.advance(3 * 86_400)
    await question.not_happened()
    assert await stage.result(run) == 5


async def test_a_known_failure_of_a_once_tool_is_simply_retried(stage: Stage) -> None:
    stage.crew.will("pay", ValueError("refused by the bank"))
    run = await stage.start(PAY)
    assert await stage.result(run) == 5
    assert len(stage.crew.made) == 2
    assert await stage.flow.approvals.list() == []


@pytest.mark.parametrize("tool", ["look", "keep"])
async def test_unknown_outcomes_of_reads_and_idempotent_tools_are_retried_by_themselves(
    stage: Stage, tool: str
) -> None:
    stage.crew.will(tool, CUT, CUT)
    run = await stage.start(f'return await step.do("try", tools.work.{tool}(value=1))')
    assert await stage.result(run) == 1
    assert [made.attempt for made in stage.crew.made] == [1, 2, 3]
    assert len({made.key for made in stage.crew.made}) == 1


BODY = """
async def settle():
    paid = await tools.work.pay(value=5)
    {then}
    return paid
return await step.do("settle", settle, retries={{"limit": 3, "delay": 0}})
"""


async def test_a_function_that_fails_after_a_once_call_completed_is_unknown(stage: Stage) -> None:
    run = await stage.start(BODY.format(then="raise ValueError('after the payment')"))
    question = await stage.question()
    assert (question.record.kind, question.record.calls) == ("outcome", ())
    await question.happened("paid by hand")
    assert await stage.result(run) == "paid by hand"
    assert len(stage.crew.made) == 1


async def test_a_function_whose_once_call_fails_for_a_known_reason_is_retried(stage: Stage) -> None:
    stage.crew.will("pay", ValueError("no"))
    run = await stage.start(BODY.format(then="pass"))
    assert await stage.result(run) == 5
    assert len(stage.crew.made) == 2


async def test_a_function_whose_once_call_has_an_unknown_outcome_is_unknown(stage: Stage) -> None:
    stage.crew.will("pay", CUT)
    run = await stage.start(BODY.format(then="pass"))
    await (await stage.question()).not_happened()
    assert await stage.result(run) == 5


async def test_a_function_that_fails_after_a_read_is_retried(stage: Stage) -> None:
    body = BODY.replace("work.pay", "work.look").format(then="if event.payload['fail']: raise ValueError('no')")
    error = await stage.error(await stage.start(body, {"fail": True}))
    assert (error["type"], error["attempts"]) == ("ValueError", 4)
