"""The page of a question: what somebody reads of it, and that its forms decide what they say.

All ask in the same house, each about a run of its own.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from starlette.requests import Request

from agentflow.app.approvals import ApprovalHandle
from agentflow.errors import Refused, UnknownOutcome
from agentflow.page import Site
from agentflow.page.approval import decide, decision_page
from agentflow.records import Principal
from agentflow.testing import TestFlow, TestRun
from agentflow.tools import Tool, tool

from ..fakes.office import source
from .conftest import HOST, Does, Looks, words

pytestmark = pytest.mark.asyncio(loop_scope="module")

PAYS = source("""pay = tools.bank.pay(to=event.payload["to"], amount=12)
        said = await step.wait_for_approval("agree", event.payload["ask"], call=pay, details={"why": [1, {"a": "b"}]})
        paid = await step.do("pay", said.call)
        return {"by": said.by, "paid": paid}""")
TWO = source("""calls = [tools.bank.pay(to="anna", amount=1), tools.bank.pay(to="bert", amount=2)]
        said = await step.wait_for_approval("agree", "Pay both?", call=calls)
        return [call.args["amount"] for call in said.calls]""")
GOES = source('return (await step.wait_for_approval("go", "Go on?")).by')
ASKS = source('return await step.ask("which", "Which colour?", ["red", "blue"], default="red")')
FORM = source("""form = {"type": "object", "properties": {"n": {"type": "integer"}, "sure": {"type": "boolean"}},
                "required": ["n", "sure"]}
        return await step.ask("which", "How many?", form)""")
LOSES = source('return await step.do("write", tools.mail.send(to="anna"))')
HIDES = source("""pay = tools.bank.pay(to="the secret place", amount=12)
        return await step.do("pay", pay, sensitive=True)""")
ANNA, BERT = Principal("anna"), Principal("bert")
BEN = Principal("ben", roles=frozenset({"viewer"}))


def tools() -> list[Tool]:
    """`bank.pay`, to which people agree, and `mail.send`, of which nobody knows whether it happened."""

    @tool(namespace="bank", risk="high", approval="always")
    async def pay(to: str, amount: Decimal, note: str | None = None) -> str:
        """Pay somebody."""
        return f"{amount} to {to}"

    @tool(namespace="mail")
    async def send(to: str) -> dict[str, int]:
        """Send a letter."""
        raise UnknownOutcome("the line is dead")

    return [pay, send]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def flow() -> AsyncIterator[TestFlow]:
    async with TestFlow(tools=tools()) as flow:
        yield flow


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(flow: TestFlow) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(Site(flow)), base_url=HOST) as client:
        yield client


async def asked(flow: TestFlow, plan: str = PAYS, payload: Any = None, **policy: Any) -> tuple[str, TestRun]:
    """The address of the question of a new run."""
    agent = await flow.agent(approvals=policy)
    run = await flow.run(plan, {"to": "carl", "ask": "Pay Carl?", **(payload or {})}, agent=agent)
    await flow.settle()
    [question] = await flow.approvals.list(status="pending", run=run.id)
    return f"/approvals/{question.id}", run


async def by(flow: TestFlow, who: Principal, place: str) -> ApprovalHandle:
    """The question at an address in the hands of somebody."""
    return await flow.acting_as(who).approvals.get(place.rpartition("/")[2])


async def digest(flow: TestFlow, place: str) -> str:
    return (await by(flow, flow.principal, place)).record.digest


async def seen_by(flow: TestFlow, who: Principal, place: str, **options: Any) -> str:
    """The page as somebody else sees it."""
    state = {"asked_at": flow.now()}
    scope = {"type": "http", "method": "GET", "path": place, "query_string": b"", "headers": [], "state": state}
    page = await decision_page(Request(scope), flow.acting_as(who), place.rpartition("/")[2], **options)
    return bytes(page.body).decode()


async def test_it_says_what_will_happen_why_where_and_what_is_around(flow: TestFlow, looks: Looks) -> None:
    place, run = await asked(flow)
    page = await looks(place)
    assert f"/live/stream?of=approval%3A{place.rpartition('/')[2]}&amp;of=run%3A{run.id}&amp;" in page
    read = words(page)
    for said in (
        "Pay Carl?", "high risk", "waits for a person", "expires", "If you approve, this call is made",
        "bank.pay", "Pay somebody.", "to carl", "amount 12", "why 1 1 2 a b",
        "Why a person: the plan asks before it makes this call", "agent@", "for local", "around line 9",
        "asks agree", "then pay bank.pay (high risk, needs a person), as approved",
        "anybody with the role approver", "Nobody has said anything yet",
    ):  # fmt: skip
        assert said in read, (said, read)
    assert 'is-marked" aria-current="true"' in page
    assert "class Plan" not in read
    assert "class Plan" in words(await looks(f"{place}?whole"))
    assert page.count(f'name="digest" value="{await digest(flow, place)}"') == 4


async def test_approving_decides_it_and_the_page_says_so_and_what_the_run_does(
    flow: TestFlow, looks: Looks, does: Does
) -> None:
    place, run = await asked(flow)
    answer = await does(place, action="approve", digest=await digest(flow, place), comment=" fine ")
    assert answer.headers["location"] == place
    assert await flow.finish(run) == {"by": ["local"], "paid": "12 to carl"}
    read = words(await looks(place))
    for said in (
        "Approved by local",
        "fine",
        "is now completed",
        "from the page: fine",
    ):
        assert said in read, (said, read)
    assert "Your decision" not in read
    assert re.search(r"Back to the inbox|[1-9][0-9]*\+? more in the inbox", read)
    assert "then" not in read.partition("On the way")[2].partition("Decisions so far")[0]


async def test_rejecting_needs_a_reason_and_what_was_typed_stays(flow: TestFlow, looks: Looks, does: Does) -> None:
    place, run = await asked(flow)
    for action in ("reject", "revise"):
        told = words((await does(place, 422, action=action, digest=await digest(flow, place), comment=" ")).text)
        assert "the comment is empty: say why" in told
    await does(place, action="reject", digest=await digest(flow, place), comment="too <b>much</b>")
    assert (await run.error())["reason"] == "too <b>much</b>"
    page = await looks(place)
    assert "too &lt;b&gt;much&lt;/b&gt;" in page
    assert "said no" in words(page)


async def test_arguments_are_edited_in_fields_and_what_they_were_is_kept(
    flow: TestFlow, looks: Looks, does: Does
) -> None:
    place, run = await asked(flow)
    seen = await digest(flow, place)
    bad = await does(
        place, 422, action="edit", digest=seen, comment="so", **{"args.0.to": "carla", "args.0.amount": "x"}
    )
    assert "amount: 'x' is no number" in words(bad.text)
    assert 'value="carla"' in bad.text
    await does(place, action="edit", digest=seen, **{"args.0.to": "carla", "args.0.amount": "12", "args.0.note": ""})
    assert (await flow.finish(run))["paid"] == "12 to carla"
    read = words(await looks(place))
    assert "to edited carla was carl" in read
    assert "local edited it and agreed" in read


async def test_of_several_calls_each_has_its_own_fields(flow: TestFlow, looks: Looks, does: Does) -> None:
    place, run = await asked(flow, TWO)
    assert "these 2 calls may be made" in words(await looks(place))
    typed = {"args.0.to": "anna", "args.0.amount": "1", "args.1.to": "bert", "args.1.amount": "3"}
    await does(place, action="edit", digest=await digest(flow, place), **typed)
    assert await flow.finish(run) == [1, 3]


async def test_a_question_without_a_call_lets_the_plan_go_on(flow: TestFlow, looks: Looks, does: Does) -> None:
    place, run = await asked(flow, GOES)
    read = words(await looks(place))
    assert "If you approve, the plan goes on." in read
    assert "risk" not in read
    assert "Edit the arguments" not in read
    await does(place, action="approve", digest=await digest(flow, place))
    assert await flow.finish(run) == ["local"]


async def test_a_choice_is_answered_by_choosing(flow: TestFlow, looks: Looks, does: Does) -> None:
    place, run = await asked(flow, ASKS)
    page = await looks(place)
    assert 'type="radio" name="value" value="1" required> blue' in page
    assert "If nobody answers in time, it takes: red" in words(page)
    assert "is none of the choices" in words(
        (await does(place, 422, action="answer", digest=await digest(flow, place), value="7")).text
    )
    await does(place, action="answer", digest=await digest(flow, place), value="1", comment="I like it")
    assert await flow.finish(run) == "blue"
    assert "from the page: I like it blue" in words(await looks(place))


async def test_an_object_is_answered_field_by_field(flow: TestFlow, looks: Looks, does: Does) -> None:
    place, run = await asked(flow, FORM)
    assert 'name="value.n"' in await looks(place)
    bad = await does(place, 422, action="answer", digest=await digest(flow, place), **{"value.n": "3"})
    assert "sure is empty" in words(bad.text)
    assert 'value="3"' in bad.text
    await does(place, action="answer", digest=await digest(flow, place), **{"value.n": "3", "value.sure": "1"})
    assert await flow.finish(run) == {"n": 3, "sure": False}


@pytest.mark.parametrize(
    ("typed", "said", "state"),
    [
        ({"action": "happened", "value": '{"pages": 2}'}, "said that it happened", {"pages": 2}),
        ({"action": "not_happened"}, "said that it did not happen", None),
        ({"action": "reject", "comment": "give up"}, "said no", None),
    ],
)
async def test_an_unknown_outcome_is_decided_in_three_ways(
    flow: TestFlow, looks: Looks, does: Does, typed: dict[str, str], said: str, state: Any
) -> None:
    place, run = await asked(flow, LOSES)
    read = words(await looks(place))
    assert "nobody knows whether it did what it should" in read
    assert "Fail the step" in read
    await does(place, digest=await digest(flow, place), **typed)
    await flow.settle()
    assert (await run.refresh()).result == state
    assert said in words(await looks(place))


async def test_who_may_not_decide_is_told_why_and_has_no_forms(flow: TestFlow) -> None:
    place, _ = await asked(flow)
    page = await seen_by(flow, BEN, place)
    assert "ben may not decide it: that needs the role approver" in words(page)
    assert f'action="{place}"' not in page
    typed = {"action": "approve", "digest": await digest(flow, place)}
    with pytest.raises(Refused, match="ben may not"):
        await decide(flow.acting_as(BEN), place.rpartition("/")[2], typed)


async def test_who_asked_may_say_no_but_not_yes_where_more_than_one_has_to_agree(flow: TestFlow, looks: Looks) -> None:
    place, _ = await asked(flow, quorum=2, due="1 hour", escalate={"after": "2 hours", "to": ["boss"]})
    page = await looks(place)
    read = words(page)
    assert "local may not approve it, having asked for it: somebody else has to agree" in read
    assert "0 of 2 have agreed" in read
    assert "but not local, who asked for it" in read
    assert 'id="approve"' not in page
    assert 'id="reject"' in page
    await flow.skip("90 minutes")
    assert "overdue" in words(await looks(place))


async def test_votes_are_counted_and_whoever_has_agreed_is_told(flow: TestFlow) -> None:
    names = ["anna", "bert", "carl"]
    place, _ = await asked(flow, approvers=names, quorum=2, escalate={"after": "1 day", "to": ["boss"]})
    carl = Principal("carl", roles=frozenset({"approver"}))
    await decide(
        flow.acting_as(carl), place.rpartition("/")[2], {"action": "approve", "digest": await digest(flow, place)}
    )
    read = words(await seen_by(flow, carl, place))
    assert "1 of 2 have agreed: carl" in read
    assert "You have agreed. Somebody else still has to." in read
    assert "anna, bert or carl" in read
    assert "Escalates to boss" in read
    assert "Request changes" not in read


async def test_who_is_late_hears_who_won_what_changed_and_that_time_is_over(
    flow: TestFlow, looks: Looks, does: Does
) -> None:
    """409 the winner, 412 what is other now, 410 expired."""
    place, _ = await asked(flow, quorum=2, no_self=False)
    seen = await digest(flow, place)
    await (await by(flow, ANNA, place)).approve(args={"to": "carl", "amount": Decimal(5)})
    told = words((await does(place, 412, action="approve", digest=seen, comment="fine")).text)
    assert "It has changed since you looked" in told
    assert "amount edited 5 was 12" in told
    await (await by(flow, BERT, place)).reject("no")
    assert "is already rejected by bert" in words((await does(place, 409, action="approve", digest=seen)).text)
    late, _ = await asked(flow)
    seen = await digest(flow, late)
    await flow.skip("8 days")
    told = words((await does(late, 410, action="approve", digest=seen)).text)
    assert "has expired" in told
    assert "Nobody decided in time: that is never an approval" in told
    assert (await by(flow, ANNA, late)).record.status == "expired"


async def test_what_a_run_does_not_wait_for_any_more_is_said(flow: TestFlow, looks: Looks) -> None:
    place, run = await asked(flow)
    await run.cancel()
    await flow.settle()
    assert "The run does not wait for it any more" in words(await looks(place))


async def test_a_form_that_is_none_decides_nothing(flow: TestFlow, does: Does) -> None:
    place, _ = await asked(flow)
    for typed, why in (
        ({}, "does not say what was seen"),
        ({"digest": "x"}, "does not say what is decided"),
        ({"digest": "x", "action": "explode"}, "does not say what is decided"),
        ({"digest": "x", "action": "happened", "value": "1"}, "cannot be decided this way"),
    ):
        assert why in words((await does(place, 422, **typed)).text)
    assert (await by(flow, ANNA, place)).record.status == "pending"
    for path in ("/approvals/approval_0", "/approvals/%00"):
        await does(path, 404, action="approve", digest="x")


async def test_what_is_sensitive_is_read_only_by_those_who_may_decide(flow: TestFlow, looks: Looks) -> None:
    place, _ = await asked(flow, HIDES)
    read = words(await looks(place))
    assert "the secret place" in read.partition("Where it comes from")[0]
    assert "marks this as sensitive" in read
    hidden = words(await seen_by(flow, BEN, place)).partition("Where it comes from")[0]
    assert "the secret place" not in hidden
    assert "[redacted]" in hidden
    cases = await flow.acting_as(BEN).approvals.cases(newest=True)
    assert "the secret place" not in str([one for one in cases if one.approval.id in place])


async def test_texts_of_others_are_text(flow: TestFlow, looks: Looks) -> None:
    evil = "<script>alert(1)</script>\u202e"
    place, _ = await asked(flow, payload={"to": evil, "ask": evil})
    page = await looks(place)
    assert "<script>alert" not in page
    assert "\u202e" not in words(page)  # what is filled in is in a field of its own
    assert "&lt;script&gt;alert(1)&lt;/script&gt;\\u202e" in page


async def test_changes_of_the_plan_are_asked_for_and_lead_to_the_goal_for_them(flow: TestFlow, does: Does) -> None:
    place, run = await asked(flow)
    said = {"action": "revise", "digest": await digest(flow, place), "comment": "ask the boss first"}
    assert "say in a sentence what it is for" in words((await does(place, 422, **said)).text)
    answer = await does(place, **said, goal="Pay Carl.")
    assert answer.headers["location"].startswith("/goals/goal_")
    await flow.settle()
    assert (await run.refresh()).status == "paused"


async def test_somebody_who_may_see_it_alone_finds_no_way_to_other_pages(flow: TestFlow) -> None:
    place, _ = await asked(flow)
    who = Principal("carl", roles=frozenset({"approver"}), channel="link")
    page = await seen_by(flow, who, place, to="/d/x", around=False)
    assert 'action="/d/x"' in page
    assert "hx-get" not in page
    assert 'href="/' not in page.partition("<main")[2]
    await (await by(flow, who, place)).approve()
    after = await seen_by(flow, who, place, around=False)
    assert "from a link" in words(after)
    assert 'href="/' not in after.partition("<main")[2]
