"""Questions: listed, looked at, decided once, by those who may."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from agentflow.app import AgentFlow, AgentHandle, ApprovalHandle
from agentflow.errors import Conflict, NotFound, Refused, Stale, UsageError
from agentflow.records import Principal, Role

from ..fakes import office
from ..fakes.afar import everywhere
from ..fakes.elsewhere import on_both
from ..fakes.office import ASKS, REFUNDS
from ..fakes.waiting import until


async def question(clerk: AgentHandle, flow: AgentFlow, plan: str) -> ApprovalHandle:
    """The question that a new run of this plan asks."""
    await clerk.register(plan)
    await clerk.start({"id": "17"})

    async def asked() -> bool:
        return bool(await flow.approvals.pending())

    await until(asked)
    return (await flow.approvals.pending())[-1]


@pytest.fixture
async def call(clerk: AgentHandle, flow: AgentFlow) -> ApprovalHandle:
    return await question(clerk, flow, REFUNDS)


@pytest.fixture
async def ask(clerk: AgentHandle, flow: AgentFlow) -> ApprovalHandle:
    return await question(clerk, flow, ASKS)


@everywhere
async def test_questions_are_found_by_id_and_listed_by_status_and_run(call: ApprovalHandle, flow: AgentFlow) -> None:
    run = call.record.run
    assert (await flow.approvals.get(call.id)).record == call.record
    assert list(await flow.approvals.list(run=run)) == [call.record]
    assert await flow.approvals.list(run="another") == []
    await call.approve("fine")
    assert await flow.approvals.pending() == []
    [decided] = await flow.approvals.list(status="approved")
    assert decided == call.record
    assert (decided.decided_by, decided.comment, decided.decision["action"]) == ("local", "fine", "approve")
    assert await (await flow.runs.get(run)).result() == "refunded 17"


@everywhere
async def test_cases_are_questions_with_their_terms_from_the_oldest_or_the_newest_on(
    call: ApprovalHandle, clerk: AgentHandle, flow: AgentFlow
) -> None:
    await call.approve("fine")
    later = await question(clerk, flow, ASKS)
    for newest, ids in ((False, [call.id, later.id]), (True, [later.id, call.id])):
        first = await flow.approvals.cases(newest=newest, most=1)
        rest = await flow.approvals.cases(newest=newest, most=1, cursor=first.next)
        assert [one.approval.id for one in (*first, *rest)] == ids
        assert rest.next is None
    [approved] = await flow.approvals.cases(status="approved", newest=True)
    assert (approved.asked_by, [one.comment for one in approved.verdicts]) == ("local", ["fine"])
    [pending] = await flow.approvals.cases(status="pending")
    assert pending.approval == later.record
    assert pending.policy == (await later.case()).policy


@everywhere
async def test_an_unknown_question_is_not_found(flow: AgentFlow) -> None:
    with pytest.raises(NotFound, match="there is no approval approval_x: `agentflow approvals` lists what waits"):
        await flow.approvals.get("approval_x")


@everywhere
async def test_a_question_is_decided_once(call: ApprovalHandle) -> None:
    await call.reject("no")
    assert (await call.reject("no, again")).comment == "no"
    with pytest.raises(Conflict, match=f"{call.id} is already rejected by local: a question is decided once"):
        await call.approve()


@on_both
async def test_a_handle_that_is_old_sees_what_others_decided(call: ApprovalHandle, flow: AgentFlow) -> None:
    other = await flow.approvals.get(call.id)
    await other.approve()
    assert call.record.status == "pending"
    assert (await call.approve()).status == "approved"
    with pytest.raises(Conflict, match="already approved by local"):
        await call.reject()


@pytest.mark.parametrize(
    ("kind", "verb", "args", "words"),
    [
        ("call", "answer", ["red"], "cannot be decided this way: approve it or reject it"),
        ("call", "happened", [1], "cannot be decided this way: approve it or reject it"),
        ("ask", "approve", [], "cannot be decided this way: give an answer, or reject it"),
        ("ask", "not_happened", [], "cannot be decided this way: give an answer, or reject it"),
        ("ask", "answer", ["green"], "the answer does not fit approval_"),
        ("ask", "answer", [None], "the answer does not fit approval_"),
        ("ask", "answer", [math.nan], "the answer is not JSON: "),
        ("ask", "answer", ["x" * 1_048_576], "the answer has 1048578 bytes, the limit is 1048576"),
    ],
)
async def test_what_is_no_answer_to_a_question_is_refused_and_decides_nothing(
    clerk: AgentHandle, flow: AgentFlow, kind: str, verb: str, args: list[Any], words: str
) -> None:
    handle = await question(clerk, flow, REFUNDS if kind == "call" else ASKS)
    with pytest.raises(UsageError, match=words):
        await getattr(handle, verb)(*args)
    assert (await flow.approvals.get(handle.id)).record.status == "pending"


@everywhere
async def test_an_answer_that_fits_is_the_result(ask: ApprovalHandle, flow: AgentFlow) -> None:
    record = await ask.answer("blue", "my favourite", digest=ask.record.digest)
    assert (record.status, record.decision["value"], record.comment) == ("answered", "blue", "my favourite")
    assert await (await flow.runs.get(record.run)).result() == "blue"


@pytest.mark.parametrize("verb", ["approve", "reject"])
async def test_a_digest_that_is_another_is_refused(call: ApprovalHandle, verb: str) -> None:
    with pytest.raises(Stale, match="now asks about something else than digest abc: look at it again"):
        await getattr(call, verb)(digest="abc")


@pytest.mark.parametrize(
    ("roles", "may"), [({"approver"}, True), ({"admin"}, False), ({"operator", "viewer"}, False), ({"viewer"}, False)]
)
async def test_only_approvers_decide(call: ApprovalHandle, tmp_path: Path, roles: set[Role], may: bool) -> None:
    anna = Principal("anna", roles=frozenset(roles))
    async with office.house(tmp_path, principal=anna, worker=False) as flow:
        theirs = await flow.approvals.get(call.id)
        if may:
            assert (await theirs.approve()).decided_by == "anna"
        else:
            with pytest.raises(Refused, match=r"anna may not use approvals\.decide: that needs the role approver"):
                await theirs.approve()


async def test_a_question_of_another_tenant_is_not_found(call: ApprovalHandle, flow: AgentFlow, tmp_path: Path) -> None:
    await flow.tenants.create("another")
    async with office.house(tmp_path, principal=Principal("eve", "another"), worker=False) as theirs:
        assert await theirs.approvals.list() == []
        with pytest.raises(NotFound, match="there is no approval"):
            await theirs.approvals.get(call.id)


async def test_the_values_of_a_sensitive_step_are_shown_to_those_who_may_decide(
    clerk: AgentHandle, flow: AgentFlow
) -> None:
    asked = await question(clerk, flow, REFUNDS.replace('["id"]))', '["id"]), sensitive=True)'))
    eve = flow.acting_as(Principal("eve", roles=frozenset({"viewer"})))
    seen = await eve.approvals.get(asked.id)
    assert set(asked.record.calls[0].args.values()).isdisjoint({"[redacted]"})
    assert set(seen.record.calls[0].args.values()) == {"[redacted]"}
    assert (await eve.approvals.list())[0] == seen.record == (await seen.case()).approval
    assert seen.record.digest == asked.record.digest
    await asked.approve(args={"id": "18"} if asked.record.editable else None)
    assert await (await flow.runs.get(asked.record.run)).result() == "refunded 17"
