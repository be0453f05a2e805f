"""Approvals: asked by the plan or by a tool's policy, bound to what the person saw, used once."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from agentflow.app import ApprovalHandle
from agentflow.errors import Conflict, Refused
from agentflow.records import Principal

from .harness import Stage, plan

ASK_FIRST = """
transfer = tools.bank.wire(value={"to": "x", "amount": 120})
approval = await step.wait_for_approval("large", "Wire 120?", call=transfer, details={"why": "refund"})
"""


async def test_an_approval_says_who_decided_when_with_which_comment_and_what_was_approved(stage: Stage) -> None:
    who = "approval.by, approval.comment, approval.decided_at"
    run = await stage.start(f"{ASK_FIRST}return [{who}, approval.call.tool, approval.call.args]")
    question = await stage.question()
    stage.clock.advance(3600)
    await question.approve("fine")
    by, comment, decided_at, tool, args = await stage.result(run)
    assert (by, comment, decided_at.timestamp()) == (["local"], "fine", stage.clock.now())
    assert (tool, args) == ("bank.wire", {"value": {"to": "x", "amount": 120}})


async def test_people_see_the_call_its_arguments_its_risk_and_a_digest(stage: Stage) -> None:
    run = await stage.start(ASK_FIRST)
    record = (await stage.question()).record
    assert (record.run, record.step, record.kind, record.status) == (run.id, "large#1", "call", "pending")
    assert (record.question, record.details, record.risk) == ("Wire 120?", {"why": "refund"}, "high")
    assert [(call.tool, call.args) for call in record.calls] == [("bank.wire", {"value": {"to": "x", "amount": 120}})]
    assert record.expires_at == record.created_at + 7 * 86_400
    assert len(record.digest) == 64


async def test_of_two_people_who_decide_at_one_moment_only_the_first_does(stage: Stage) -> None:
    """Both have seen that the question is open."""
    run = await stage.start(f"{ASK_FIRST}return approval.comment")
    question = await stage.question()
    other = ApprovalHandle(replace(question._house, principal=Principal("bert")), question.record)
    said = await asyncio.gather(question.approve("one"), other.approve("two"), return_exceptions=True)
    assert [type(one) for one in said].count(Conflict) == 1
    assert await stage.result(run) == ("two" if isinstance(said[0], Conflict) else "one")
    assert [message["kind"] for message in await run.history()].count("decision") == 1


async def test_another_digest_than_the_one_that_was_seen_decides_nothing(stage: Stage) -> None:
    run = await stage.start(ASK_FIRST)
    question = await stage.question()
    with pytest.raises(Refused, match="something else than digest"):
        await question.approve(digest="0" * 64)
    assert (await run.refresh()).status == "waiting"
    await question.approve(digest=question.record.digest)
    await stage.result(run)


async def test_the_approved_call_needs_no_second_question(stage: Stage) -> None:
    run = await stage.start(ASK_FIRST + 'return await step.do("wire", approval.call)')
    await (await stage.question()).approve()
    assert await stage.result(run) == {"to": "x", "amount": 120}
    assert len(await stage.flow.approvals.list(run=run.id)) == 1


async def test_an_approval_serves_one_step_and_all_its_attempts(stage: Stage) -> None:
    stage.crew.will("wire", ValueError("busy"))
    again = 'await step.do("wire", approval.call)\nawait step.do("wire", approval.call)'
    run = await stage.start(ASK_FIRST + again)
    await (await stage.question()).approve()
    await stage.reach(run, "sleeping")
    await stage.skip(run, "waiting")
    assert [made.attempt for made in stage.crew.made] == [1, 2]
    second = (await stage.question()).record
    assert (second.step, second.question) == ("wire#2", "wire: may bank.wire be called?")


async def test_a_call_with_other_arguments_than_the_approved_ones_asks_anew(stage: Stage) -> None:
    other = 'await step.do("wire", tools.bank.wire(value={**approval.call.args["value"], "amount": 999}))'
    await stage.start(ASK_FIRST + other)
    await (await stage.question()).approve()
    second = (await stage.question()).record
    assert second.calls[0].args == {"value": {"to": "x", "amount": 999}}
    assert stage.crew.made == []


async def test_several_calls_are_approved_together_and_each_is_used_once(stage: Stage) -> None:
    body = """
    both = [tools.bank.wire(value=1), tools.bank.wire(value=2)]
    approval = await step.wait_for_approval("both", "Both?", call=both)
    assert approval.call is None
    return await step.gather(*[step.do("wire", call) for call in approval.calls])
    """
    run = await stage.start(body)
    await (await stage.question()).approve()
    assert await stage.result(run) == [1, 2]


async def test_a_tool_whose_policy_needs_a_person_asks_by_itself(stage: Stage) -> None:
    run = await stage.start('return await step.do("wire", tools.bank.wire(value=1), timeout=60, deadline=60)')
    question = await stage.question()
    assert (question.record.kind, question.record.risk) == ("call", "high")
    assert question.record.expires_at == stage.clock.now() + 7 * 86_400
    stage.clock.advance(5 * 86_400)
    assert stage.crew.made == []
    await question.approve()
    assert await stage.result(run) == 1


@pytest.mark.parametrize(("amount", "asked"), [(100, 0), (101, 1)])
async def test_a_policy_on_the_arguments_asks_only_where_it_says_so(stage: Stage, amount: int, asked: int) -> None:
    run = await stage.start(f'return await step.do("move", tools.bank.move(value={amount}))')
    if asked:
        await (await stage.question()).approve()
    assert await stage.result(run) == amount
    assert len(await stage.flow.approvals.list(run=run.id)) == asked


@pytest.mark.parametrize("first", [ASK_FIRST, 'await step.do("wire", tools.bank.wire(value=1))\n'])
async def test_a_rejection_raises_who_and_why_and_is_not_retried(stage: Stage, first: str) -> None:
    lines = "\n    ".join(first.strip().splitlines())
    body = f"try:\n    {lines}\nexcept ApprovalRejected as e:\n    return [e.step, e.by, e.reason, e.message]"
    run = await stage.start(body)
    question = await stage.question()
    rejected = await question.reject("too much")
    step, by, reason, message = await stage.result(run)
    assert (step, by, reason, message) == (question.record.step[:-2], ["local"], "too much", "too much")
    assert (rejected.status, rejected.decided_by, stage.crew.made) == ("rejected", "local", [])


@pytest.mark.parametrize("first", [ASK_FIRST, 'await step.do("wire", tools.bank.wire(value=1))\n'])
async def test_a_question_that_nobody_answers_expires_and_is_never_a_yes(stage: Stage, first: str) -> None:
    run = await stage.start(first)
    question = await stage.question()
    error = await stage.error(run)
    assert (error["type"], stage.crew.made) == ("ApprovalExpired", [])
    [approval] = await stage.flow.approvals.list(run=run.id)
    assert (approval.status, approval.decided_by) == ("expired", None)
    with pytest.raises(Conflict, match="has expired"):
        await question.approve()


async def test_a_plain_approval_without_a_call_is_only_a_question(stage: Stage) -> None:
    run = await stage.start('found = await step.wait_for_approval("go", "Go on?", timeout="1 hour")\nreturn found.call')
    question = await stage.question()
    assert (question.record.calls, question.record.expires_at) == ((), stage.clock.now() + 3600)
    await question.approve()
    assert await stage.result(run) is None


async def test_the_decision_leads_back_to_the_version_that_asked(stage: Stage) -> None:
    run = await stage.start('await step.wait_for_approval("go", "Go on?")\nreturn "old"')
    question = await stage.question()
    await stage.agent.register(plan('await step.wait_for_approval("go", "Go on?")\nreturn "new"'))
    await question.approve()
    assert (await stage.result(run), run.record.version, (await run.plan()).number) == ("old", 1, 1)
    newer = await stage.agent.start()
    await (await stage.question()).approve()
    assert (await stage.result(newer), newer.record.version) == ("new", 2)


@pytest.mark.parametrize(
    ("answer", "said", "schema"),
    [
        ("str", "a word", {"type": "string"}),
        ('["red", "blue", 3]', 3, {"enum": ["red", "blue", 3]}),
        ('{"type": "object", "required": ["n"]}', {"n": 1}, {"type": "object", "required": ["n"]}),
    ],
)
async def test_ask_returns_an_answer_that_fits(stage: Stage, answer: str, said: object, schema: object) -> None:
    run = await stage.start(f'return await step.ask("which", "Which one?", {answer}, details=[1])')
    question = await stage.question()
    assert (question.record.kind, question.record.schema, question.record.details) == ("ask", schema, [1])
    assert (await stage.reach(run, "waiting")).reason["waits"][0]["for"] == "answer"
    await question.answer(said)
    assert await stage.result(run) == said


async def test_ask_takes_its_default_when_nobody_answers(stage: Stage) -> None:
    run = await stage.start('return await step.ask("which", "Which?", default=None, timeout="1 hour")')
    assert (await stage.question()).record.default == {"value": None}
    assert await stage.result(run) is None
    assert [one.status for one in await stage.flow.approvals.list()] == ["expired"]


async def test_ask_without_a_default_expires(stage: Stage) -> None:
    error = await stage.error(await stage.start('return await step.ask("which", "Which?")'))
    assert (error["kind"], error["step"]) == ("ApprovalExpired", "which")


async def test_a_schema_that_is_none_refuses_the_step(stage: Stage) -> None:
    body = 'return await step.ask("which", "Which?", {"type": event.payload["kind"]})'
    error = await stage.error(await stage.start(body, {"kind": "thing"}))
    assert (error["type"], "not a JSON schema" in error["message"]) == ("ToolRefused", True)
    assert await stage.flow.approvals.list() == []


async def test_a_policy_that_stumbles_over_its_arguments_asks(stage: Stage) -> None:
    """It fails closed: `"many" > 100` raises in the predicate of `bank.lend`."""
    run = await stage.start('return await step.do("lend", tools.bank.lend(value="many"))')
    await (await stage.question()).approve()
    assert await stage.result(run) == "many"


async def test_an_approval_for_a_call_that_may_not_be_made_is_refused_before_anybody_is_asked(stage: Stage) -> None:
    run = await stage.start('await step.sleep("first", 60)\n' + ASK_FIRST)
    await stage.reach(run, "sleeping")
    await stage.flow.agents.create("crew", model="offline:demo", tools=["work.*"], update=True)
    error = await stage.error(run)
    assert (error["type"], error["step"]) == ("ToolRefused", "large")
    assert await stage.flow.approvals.list() == []


async def test_an_approval_of_one_generation_covers_nothing_in_the_next(stage: Stage) -> None:
    run = await stage.start(ASK_FIRST + 'return await step.do("wire", approval.call)')
    first = await stage.question()
    await first.approve()
    await stage.result(run)
    await run.restart()
    second = await stage.question()
    assert (second.id != first.id, second.record.digest == first.record.digest) == (True, True)
    assert len(stage.crew.made) == 1
    await second.approve()
    await stage.result(run)
    assert len(stage.crew.made) == 2
