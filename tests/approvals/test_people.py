"""Several people on the real store: who decides, what the plan is handed, and that a replay gives the same."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from agentflow.app.approvals import ApprovalHandle, Approvals
from agentflow.errors import Conflict, Expired, NotFound, Refused, Stale, UsageError
from agentflow.records import Principal
from agentflow.testing import TestFlow, TestRun
from agentflow.tools import Tool, tool

from ..fakes.office import source
from .cases import ANNA, BERT, CARL

PAYS = source("""pay = tools.bank.pay(amount=event.payload["amount"])
        said = await step.wait_for_approval("agree", "Pay?", call=pay)
        paid = await step.do("pay", said.call)
        await step.sleep("let it clear", "1 day")
        return {"by": said.by, "paid": paid, "call": said.call.args}""")
ASKS = source('return await step.ask("which", "Which colour?", ["red", "blue"])')


def tools() -> list[Tool]:
    """`bank.pay`, to each call of which people must agree."""

    @tool(namespace="bank", risk="high", approval="always")
    async def pay(amount: int) -> int:
        """Pay an amount."""
        return amount

    return [pay]


@pytest.fixture
async def flow() -> AsyncIterator[TestFlow]:
    async with TestFlow(tools=tools()) as flow:
        yield flow


async def started(flow: TestFlow, plan: str = PAYS, **policy: Any) -> TestRun:
    agent = await flow.agent(approvals=policy)
    run = await flow.run(plan, {"amount": 5}, agent=agent)
    await flow.settle()
    return run


def seen_by(flow: TestFlow, who: Principal) -> Approvals:
    """The questions as this person sees them."""
    return Approvals(replace(flow._open(), principal=who))


async def asked(flow: TestFlow, who: Principal) -> ApprovalHandle:
    """The one question that waits, in this person's hands."""
    [question] = await seen_by(flow, who).pending()
    return question


async def test_two_agree_and_the_plan_hears_of_both(flow: TestFlow) -> None:
    run = await started(flow, quorum=2)
    first = await (await asked(flow, ANNA)).approve("fine")
    assert (first.status, first.verdicts, first.decided_by) == ("pending", 1, None)
    assert (await run.refresh()).status == "waiting"
    last = await (await asked(flow, BERT)).approve()
    assert (last.status, last.decided_by, last.decision["agreed"]) == ("approved", "bert", ["anna", "bert"])
    assert (await flow.finish(run))["by"] == ["anna", "bert"]
    case = await (await flow.approvals.get(last.id)).case()
    assert [(one.number, one.who, one.comment, one.channel) for one in case.verdicts] == [
        (1, "anna", "fine", "python"),
        (2, "bert", None, "python"),
    ]


async def test_votes_at_the_same_moment_all_count(flow: TestFlow) -> None:
    run = await started(flow, quorum=3)
    handles = [await asked(flow, who) for who in (ANNA, BERT, CARL)]
    await asyncio.gather(*(handle.approve() for handle in handles))
    assert sorted((await flow.finish(run))["by"]) == ["anna", "bert", "carl"]


async def test_of_two_words_at_the_same_moment_one_holds_and_the_other_names_the_winner(flow: TestFlow) -> None:
    await started(flow)
    yes, no = await asked(flow, ANNA), await asked(flow, BERT)
    said = await asyncio.gather(yes.approve(), no.reject("no"), return_exceptions=True)
    [lost] = [one for one in said if isinstance(one, Conflict)]
    [won] = [one for one in said if not isinstance(one, BaseException)]
    assert f"is already {won.status} by {won.decided_by}" in str(lost)


async def test_who_started_it_does_not_agree_to_it(flow: TestFlow) -> None:
    run = await started(flow, quorum=2)
    with pytest.raises(Refused, match="local may not approve"):
        await (await flow.question()).approve()
    await (await flow.question()).reject("I was wrong")
    assert (await run.error())["reason"] == "I was wrong"


async def test_what_was_edited_is_what_is_paid_and_a_replay_gives_it_again(flow: TestFlow) -> None:
    run = await started(flow)
    record = await (await flow.question()).approve("less", args={"amount": 3})
    assert (record.calls[0].args, record.original and record.original[0].args) == ({"amount": 3}, {"amount": 5})
    assert await flow.finish(run) == {"by": ["local"], "paid": 3, "call": {"amount": 3}}
    steps = {step.name: step for step in await run.steps()}
    assert (steps["pay"].args, steps["pay"].state) == ({"amount": 3}, "done")


async def test_an_edit_is_agreed_to_anew_by_whoever_saw_something_else(flow: TestFlow) -> None:
    run = await started(flow, quorum=2)
    before = await asked(flow, BERT)
    await before.approve()
    await (await asked(flow, ANNA)).approve(args={"amount": 3})
    with pytest.raises(Stale, match="now asks about something else"):
        await before.reject("too much", digest=before.record.digest)
    await (await asked(flow, BERT)).approve()
    assert (await flow.finish(run))["paid"] == 3


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ({"amount": "3"}, "bank.pay does not take these arguments: amount"),
        ({}, "bank.pay does not take these arguments: "),
        ({"amount": 3, "to": "me"}, "bank.pay does not take these arguments: "),
        ([], "are an object with the arguments"),
        ({"amount": {1}}, "the object of arguments is not JSON"),
    ],
)
async def test_an_edit_that_does_not_fit_the_tool_decides_nothing(flow: TestFlow, args: Any, words: str) -> None:
    await started(flow)
    with pytest.raises(UsageError, match=words):
        await (await flow.question()).approve(args=args)
    assert (await flow.question()).record.verdicts == 0


async def test_a_call_that_a_tools_own_policy_asked_about_cannot_be_edited(flow: TestFlow) -> None:
    await started(flow, source('return await step.do("pay", tools.bank.pay(amount=5))'))
    with pytest.raises(UsageError, match="is no question whose arguments can be edited"):
        await (await flow.question()).approve(args={"amount": 3})


async def test_a_policy_holds_from_the_moment_it_is_changed(flow: TestFlow) -> None:
    await started(flow)
    await flow.agent(approvals={"approvers": ["anna"]})
    with pytest.raises(Refused, match=r"bert may not decide approval_\w+: that is for anna"):
        await (await asked(flow, BERT)).approve()
    assert (await (await asked(flow, ANNA)).approve()).status == "approved"


async def test_who_is_escalated_to_may_decide_when_the_time_has_come(flow: TestFlow) -> None:
    await started(flow, approvers=["anna"], due="1 hour", escalate={"after": "4 hours", "to": ["carl"]})
    handle = await asked(flow, CARL)
    with pytest.raises(Refused):
        await handle.approve()
    await flow.skip("4 hours")
    case = await handle.case()
    assert case.deciders == ("anna", "carl")
    assert (await handle.approve()).status == "approved"


def wishing(options: str) -> str:
    return PAYS.replace("call=pay)", f"call=pay, {options})")


async def test_a_plan_names_who_decides_and_how_many(flow: TestFlow) -> None:
    run = await started(flow, wishing('approvers=["anna", "bert"], quorum=2'), approvers=["anna", "bert", "carl"])
    with pytest.raises(Refused, match="that is for anna or bert"):
        await (await asked(flow, CARL)).approve()
    await (await asked(flow, ANNA)).approve()
    assert (await (await asked(flow, BERT)).approve()).status == "approved"
    assert (await flow.finish(run))["by"] == ["anna", "bert"]


async def test_a_plan_asks_nobody_where_nobody_it_names_may_decide(flow: TestFlow) -> None:
    run = await started(flow, wishing('approvers=["carl"]'), approvers=["anna"])
    assert (await run.error())["message"] == "nobody could ever decide this: 1 has to agree, and nobody may of carl"
    ask = await started(flow, ASKS.replace('"blue"]', '"blue"], approvers=["carl"]'), approvers=["anna"])
    assert "nobody may of carl" in (await ask.error())["message"]
    assert await flow.approvals.pending() == []


async def test_who_is_named_for_an_answer_gives_it(flow: TestFlow) -> None:
    run = await started(flow, ASKS.replace('"blue"]', '"blue"], approvers=["carl"]'))
    with pytest.raises(Refused, match="that is for carl"):
        await (await asked(flow, ANNA)).answer("red")
    await (await asked(flow, CARL)).answer("red")
    assert await flow.finish(run) == "red"


async def test_nobody_decides_in_time(flow: TestFlow) -> None:
    run = await started(flow, quorum=2)
    handle = await asked(flow, ANNA)
    await handle.approve()
    await flow.expire_wait("agree")
    with pytest.raises(Expired):
        await (await seen_by(flow, BERT).get(handle.id)).approve()
    assert (await run.error())["type"] == "ApprovalExpired"


async def test_many_are_decided_one_by_one_and_each_is_told(flow: TestFlow) -> None:
    await started(flow)
    await started(flow)
    await started(flow, ASKS)
    found = [handle.record for handle in await flow.approvals.pending()]
    first, second, colour = sorted(found, key=lambda one: one.kind == "ask")
    decided = await flow.approvals.decide(
        [
            {"id": first.id, "action": "approve", "digest": first.digest},
            {"id": second.id, "action": "approve", "digest": "another"},
            {"id": first.id, "action": "reject", "comment": "no"},
            {"id": second.id, "action": "approve", "args": {"amount": 2}},
            {"id": colour.id, "action": "answer", "value": "red"},
            {"id": colour.id, "action": "happened"},
            {"id": "approval_x", "action": "approve"},
        ]
    )
    words = ["approved", "Stale", "Conflict", "approved", "answered", "UsageError", "NotFound"]
    assert [one.result for one in decided] == words
    assert [one.id for one in decided if one.error is None] == [first.id, second.id, colour.id]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"action": "approve"}, "a decision names an id"),
        ({"id": "a", "action": "agree"}, "as action one of approve, reject"),
        ({"id": "a", "action": "approve", "by": "anna"}, "a decision has no 'by': it has id, action"),
        ({"id": "a", "action": "approve", "comment": 5}, "the comment and the digest of a decision are texts"),
    ],
)
async def test_what_is_no_decision_decides_none_of_many(flow: TestFlow, said: dict[str, Any], words: str) -> None:
    await started(flow)
    question = await flow.question()
    with pytest.raises(UsageError, match=words):
        await flow.approvals.decide([{"id": question.id, "action": "approve"}, said])
    assert (await flow.question()).record.status == "pending"


async def test_what_is_said_goes_with_the_run(flow: TestFlow) -> None:
    run = await started(flow, quorum=2)
    handle = await asked(flow, ANNA)
    await handle.approve()
    await run.delete()
    with pytest.raises(NotFound):
        await handle.case()
    assert await flow._open().store.rows("decisions", approval=handle.id) == []
