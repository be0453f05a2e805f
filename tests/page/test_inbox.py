"""The inbox: what waits, in which order, for whom; and several questions decided at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from agentflow.page import inbox, selected
from agentflow.records import Principal, Role
from agentflow.settings import Settings
from agentflow.testing import TestFlow, TestRun
from agentflow.tools import Tool, tool

from ..fakes import office
from .conftest import HOST, Does, Looks, words

GOES = office.source('return (await step.wait_for_approval("go", event.payload["ask"])).by')
ASKS = office.source('return await step.ask("which", "Which colour?", ["red", "blue"])')
PAYS = office.source('return await step.do("pay", tools.bank.pay(amount=event.payload["amount"]))')
FAILS = office.source('raise PlanFailed("no <b>money</b>")').replace("Workflow,", "PlanFailed, Workflow,")


def tools() -> list[Tool]:
    """`bank.pay`, to which people agree."""

    @tool(namespace="bank", risk="high", approval="always")
    async def pay(amount: int) -> int:
        """Pay an amount."""
        return amount

    return [pay]


@pytest.fixture
async def flow(tmp_path: Path) -> AsyncIterator[TestFlow]:
    async with TestFlow(tools=tools(), settings=Settings(folder=tmp_path)) as flow:
        yield flow


async def started(flow: TestFlow, plan: str, name: str = "agent", *, payload: Any = None, **policy: Any) -> TestRun:
    run = await flow.run(
        plan, payload or {"ask": "Go on?", "amount": 5}, agent=await flow.agent(name, approvals=policy)
    )
    await flow.settle()
    return run


async def signed_in(client: httpx2.AsyncClient, flow: TestFlow, *roles: Role, name: str = "ben") -> None:
    key = await flow.keys.create(name, roles=roles)
    await client.post("/login", data={"key": key.secret}, headers={"origin": HOST})


def order(page: str, *texts: str) -> list[str]:
    """These texts as they follow on each other."""
    return sorted(texts, key=words(page).index)


async def test_where_nothing_waits_it_says_what_to_do(looks: Looks) -> None:
    page = await looks("/")
    assert "Nothing waits for a person. Submit a goal to one of your agents" in words(page)
    assert 'href="/goals/new"' in page
    assert "Nothing of that kind was decided yet" in words(await looks("/?status=all"))


async def test_what_one_may_decide_comes_first_then_what_is_overdue_then_what_is_due_soonest(
    flow: TestFlow, looks: Looks
) -> None:
    await started(flow, GOES, "theirs", payload={"ask": "Theirs?"}, approvers=["boss"], due="1 second")
    await started(flow, GOES, "later", payload={"ask": "Later?"}, due="5 days")
    await started(flow, GOES, "sooner", payload={"ask": "Sooner?"}, due="1 day")
    await started(flow, GOES, "late", payload={"ask": "Late?"}, due="1 minute")
    await flow.skip("1 hour")
    page = await looks("/")
    assert order(page, "Theirs?", "Later?", "Sooner?", "Late?") == ["Late?", "Sooner?", "Later?", "Theirs?"]
    read = words(page)
    assert "3 wait for you, 2 overdue, 4 in all" in read
    assert "1 hour ago overdue 59 minutes ago" in read, "by the clock of the house"
    assert "1 hour ago in 23 hours" in read
    assert "not yours to decide" in read
    assert 'title="local may not decide approval_' in page
    mine = words(await looks("/?mine=yes"))
    assert "Theirs?" not in mine
    assert "Everything that waits" in mine


async def test_a_question_of_a_run_that_is_paused_says_so(flow: TestFlow, looks: Looks) -> None:
    run = await started(flow, GOES)
    assert "its run is paused" not in await looks("/")
    await run.pause()
    await flow.settle()
    assert "its run is paused" in words(await looks("/"))
    assert [case.paused for case in await flow.approvals.cases()] == [True]
    await run.resume()
    await flow.settle()
    assert "its run is paused" not in await looks("/")


async def test_it_is_narrowed_by_agent_risk_and_kind_and_the_address_keeps_that(flow: TestFlow, looks: Looks) -> None:
    await started(flow, PAYS, "payer")
    await started(flow, ASKS, "asker")
    pays, asks = "may bank.pay be called?", "Which colour?"
    assert "bank.pay" in words(await looks("/"))
    for query, there, gone in (
        ("agent=payer", pays, asks), ("risk=high", pays, asks), ("kind=ask", asks, pays), ("agent=asker", asks, pays),
    ):  # fmt: skip
        read = words(await looks(f"/?{query}"))
        assert there in read, query
        assert gone not in read, query
    none = await looks("/?agent=nobody&risk=low")
    assert "Nothing of that kind waits" in words(none)
    assert "<option selected>nobody</option>" in none
    assert "<option selected>low</option>" in none


async def test_plans_to_review_stand_among_them_and_lead_to_their_goal(flow: TestFlow, looks: Looks) -> None:
    office.answers(flow._house.settings.folder, office.fenced(office.source("return 1")))
    agent = await flow.agent("careful", model=office.MODEL, review="always")
    goal = await agent.submit("Count to <one>.")
    await flow.settle()
    page = await looks("/")
    assert f'href="/goals/{goal.id}"' in page
    assert "Count to &lt;one&gt;." in page
    assert "plan to review" in words(page)
    assert 'type="checkbox" name="id"' not in page


async def test_whoever_may_not_decide_sees_all_and_selects_nothing(
    flow: TestFlow, looks: Looks, client: httpx2.AsyncClient
) -> None:
    await started(flow, GOES)
    await signed_in(client, flow, "viewer")
    page = await looks("/")
    assert "0 wait for you, 1 in all" in words(page)
    assert "To decide it needs the role approver" in words(page)
    assert 'type="checkbox" name="id"' not in page
    assert "Submit a goal" not in page


async def test_what_is_decided_is_told_with_who_did_it_where_it_is_asked_for(flow: TestFlow, looks: Looks) -> None:
    await started(flow, PAYS, quorum=2)
    for name in ("anna", "bert"):
        await (await flow.acting_as(Principal(name)).approvals.get((await flow.question()).id)).approve()
        assert ("1 of 2 agreed" in words(await looks("/"))) == (name == "anna")
    assert "approved" not in words(await looks("/"))
    assert "approved by anna and bert" in words(await looks("/?status=all"))
    assert "anna and bert" not in words(await looks("/?status=all&kind=ask"))


async def test_runs_that_failed_in_the_last_day_are_named_with_why(flow: TestFlow, looks: Looks) -> None:
    run = await started(flow, FAILS)
    page = await looks("/")
    assert "1 run failed in the last day" in words(page)
    assert f'href="/runs/{run.id}"' in page
    assert "no &lt;b&gt;money&lt;/b&gt;" in page
    await flow.skip("25 hours")
    assert "failed" not in words(await looks("/"))


async def test_a_run_that_failed_of_a_limit_and_of_no_step_is_named_as_well(flow: TestFlow, looks: Looks) -> None:
    plan = office.source("await step.progress('a'); await step.progress('b'); await step.sleep('c', 1)")
    run = await flow.run(plan, agent=await flow.agent(limits={"steps": 1}))
    await flow.settle()
    assert "step" not in ((await flow.runs.get(run.id)).record.error or {"step": None})
    assert "more than 1 steps" in words(await looks("/"))


async def test_a_long_list_has_parts(flow: TestFlow, looks: Looks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "PART", 1)
    await started(flow, GOES, "one", due="1 hour")
    await started(flow, ASKS, "two")
    first = await looks("/?mine=yes")
    assert 'href="/?mine=yes&amp;from=1"' in first
    second = await looks("/?mine=yes&from=1")
    assert ("Go on?" in words(first), "Go on?" in words(second)) == (True, False)
    assert "from=2" not in second


async def test_several_are_decided_after_a_look_at_each_and_what_became_of_each_is_told(
    flow: TestFlow, looks: Looks, does: Does, client: httpx2.AsyncClient
) -> None:
    runs = [await started(flow, PAYS, payload={"amount": n}) for n in (1, 2)]
    await started(flow, ASKS)
    pending = sorted(await flow.approvals.pending(), key=lambda one: one.record.kind == "ask")
    query = "&".join(f"id={one.id}" for one in pending)
    assert words(await looks("/")).count("to approve") > 1
    page = await looks(f"/approvals/-/selected?do=approve&{query}&id=approval_0")
    read = words(page)
    assert "Approve 2 questions?" in read
    assert "amount 2" in read
    assert pending[0].record.digest[:12] in read
    assert "Which colour? : it is no call to approve: answer it on its own page" in read
    assert len(await flow.approvals.pending()) == 3
    seen = [f"{one.id}:{one.record.digest}" for one in pending[:2]]
    await (await flow.acting_as(Principal("bert")).approvals.get(pending[0].id)).reject("no")
    told = await does("/approvals/-/selected", 200, do="approve", seen=[*seen, "approval_0:x"])
    read = words(told.text)
    assert "1 of 3 decisions hold" in read
    assert "is already rejected by bert" in read
    assert "there is no approval approval_0" in read
    [paid] = [run for run in runs if run.id == pending[1].record.run]
    assert await flow.finish(paid) in (1, 2)
    read = words(await looks(f"/approvals/-/selected?do=approve&{query}"))
    assert "it is rejected already" in read
    assert "Nothing is selected" in read


async def test_several_are_rejected_for_a_reason(flow: TestFlow, looks: Looks, does: Does) -> None:
    run = await started(flow, ASKS)
    question = await flow.question()
    assert "Reject 1 question?" in words(await looks(f"/approvals/-/selected?do=reject&id={question.id}"))
    seen = f"{question.id}:{question.record.digest}"
    told = words((await does("/approvals/-/selected", 422, do="reject", seen=seen, comment=" ")).text)
    assert "the comment is empty" in told
    assert "Reject 1 question?" in told
    assert "what was seen" in words((await does("/approvals/-/selected", 422, do="reject", seen=question.id)).text)
    assert "0 of 0 decisions hold" in words((await does("/approvals/-/selected", 200, seen=seen)).text)
    assert "1 of 1 decision holds" in words(
        (await does("/approvals/-/selected", 200, do="reject", seen=seen, comment="green")).text
    )
    assert (await run.error())["reason"] == "green"


async def test_who_may_not_decide_is_told_so_for_each(
    flow: TestFlow, looks: Looks, does: Does, client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await started(flow, GOES)
    question = await flow.question()
    monkeypatch.setattr(selected, "MOST", 1)
    await signed_in(client, flow, "viewer")
    read = words(await looks(f"/approvals/-/selected?do=approve&id={question.id}&id=approval_0"))
    assert "ben may not decide it: that needs the role approver" in read
    assert "2 are selected: here are the first 1" in read
    await does("/approvals/-/selected", 403, do="approve", seen=f"{question.id}:x")
