"""Agents: listed, shown in words, made and changed with a form, archived."""

from __future__ import annotations

from dataclasses import replace

import httpx2
import pytest
import pytest_asyncio

from agentflow.app.agents import AgentHandle
from agentflow.app.doors import Doors
from agentflow.page import agents as screen
from agentflow.page.agent_form import given
from agentflow.records import Role

from ..fakes import office
from .conftest import HOST, Does, Looks, words
from .together import client, flow, home, site

__all__ = ["client", "flow", "home", "site"]
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def clerk(flow: Doors) -> AgentHandle:
    return await flow.agents.create("clerk", model=office.MODEL, tools=["orders.*", "payments.refund"], review="never")


async def signed_in(client: httpx2.AsyncClient, flow: Doors, *roles: Role) -> None:
    made = await flow.keys.create("-".join(roles), roles=roles)
    await client.post("/login", data={"key": made.secret}, headers={"origin": HOST})


async def test_where_there_are_no_agents_the_page_says_how_one_is_made(looks: Looks) -> None:
    assert "There are no agents yet" in words(await looks("/agents"))


async def test_archived_agents_are_listed_where_they_are_asked_for(
    looks: Looks, clerk: AgentHandle, does: Does
) -> None:
    assert (await does("/agents/clerk/archive")).headers["location"] == "/agents/clerk"
    assert "clerk" not in words(await looks("/agents"))
    assert "clerk archived" in words(await looks("/agents?archived=yes"))
    shown = words(await looks("/agents/clerk"))
    assert "it takes no goals" in shown
    assert "Submit a goal" not in shown


async def test_an_agent_is_told_in_words_with_its_tools_and_what_each_may_do(looks: Looks, flow: Doors) -> None:
    await flow.agents.create(
        "clerk", model=office.MODEL, tools=["orders.*"], agents=["helper-*"], hosts=["api.example.com"],
        instructions="Be <b>kind</b>.", review="always", repairs=0, plan_tokens=5_000, plan_cost=2.5,
        fallback_model="offline:./others", limits={"steps": 1_000, "turn_seconds": 2},
        approvals={"approvers": ["anna", "bert"], "quorum": 2, "due": "4 hours"},
    )  # fmt: skip
    page = await looks("/agents/clerk")
    shown = words(page)
    for said in (
        "A person reviews every plan",
        "By anna, bert; 2 have to agree; due after 4 hours.",
        "Mends a plan never",
        "at most 5,000 tokens and 2.5 USD for one goal",
        "turn 2.0 s, steps 1,000",
        "helper-*",
        "api.example.com",
        "offline:./others",
        "Be <b>kind</b>.",
        "orders.get low no",
        "It has no plan yet",
    ):
        assert said in shown
    assert "<b>kind" not in page


async def test_versions_runs_and_goals_of_an_agent_are_a_link_away(
    looks: Looks, flow: Doors, clerk: AgentHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of many versions the newest come first, and the others a page later."""
    monkeypatch.setattr(screen, "FEW", 2)
    for name in ("one", "two", "three"):
        await clerk.register(office.READS.replace('"load"', f'"{name}"'))
    await clerk.revoke(2)
    run = await clerk.start({"id": "17"})
    goal = await clerk.submit("Look at order 17.", plan_only=True)
    assert "Starts by itself New schedule Never" in words(await looks("/agents/clerk"))
    await clerk.schedule("nightly", cron="0 3 * * *")
    await (await clerk.schedule("weekly", cron="0 3 * * MON")).pause()
    await clerk.schedule("once", at="2999-01-01T00:00")
    assert "nightly in" in words(await looks("/agents/clerk"))
    assert "weekly paused" in words(await looks("/agents/clerk"))
    page = await looks("/agents/clerk")
    for link in (
        "/schedules/clerk/once",
        f"/runs/{run.id}",
        f"/goals/{goal.id}",
        "/agents/clerk/plans/3",
        "/goals/new?agent=clerk",
    ):
        assert f'href="{link}"' in page
    assert "clerk@2 revoked" in words(page)
    assert "clerk@1 active" not in words(page)
    assert "clerk@1 active" in words(await looks("/agents/clerk?before=2"))


async def test_what_was_granted_and_is_no_tool_of_this_process_is_known(flow: Doors, clerk: AgentHandle) -> None:
    assert screen.idle(clerk) == []
    moved = AgentHandle(flow._house, replace(clerk.record, tools=("gone.*", "orders.get")))
    assert screen.idle(moved) == ["gone.*"]


async def test_an_agent_is_made_with_the_form(does: Does, flow: Doors) -> None:
    answer = await does(
        "/agents/-/new", name=" clerk ", model=office.MODEL, tools="orders.*, mail.send", review="always",
        instructions="One.\r\nTwo.\r\n", repairs="2", plan_cost="1.5", steps="100", turn_seconds="2.5",
        approvers="anna, bert", quorum="2", no_self="may not", due="4 hours",
        escalate_after="1 day", escalate_to="carl",
    )  # fmt: skip
    assert answer.headers["location"] == "/agents/clerk"
    made = (await flow.agents.get("clerk")).record
    assert (made.tools, made.instructions, made.review) == (("orders.*", "mail.send"), "One.\nTwo.", "always")
    assert (made.repairs, made.plan_tokens, made.plan_cost) == (2, None, 1.5)
    assert (made.limits.steps, made.limits.turn_seconds, made.limits.turn_bytes) == (100, 2.5, None)
    assert (made.approvals.no_self, made.approvals.due) == (True, 14_400.0)
    assert made.approvals.escalate is not None
    assert made.approvals.escalate.to == ("carl",)


async def test_the_form_of_a_change_holds_what_the_agent_is_and_saving_it_changes_nothing(
    client: httpx2.AsyncClient, does: Does, flow: Doors
) -> None:
    """Lengths of time are written so that they are read as the same."""
    later = {"after": 1_234_567.5, "to": ["carl"]}
    made = await flow.agents.create(
        "clerk", model=office.MODEL, tools=["orders.*"], limits={"turn_seconds": 2.5}, plan_cost=0.25,
        approvals={"approvers": ["anna"], "due": 86_400, "no_self": False, "escalate": later},
    )  # fmt: skip
    page = (await client.get("/agents/clerk/change")).text
    filled = given(made.record)
    for value in ("1 day", "1234567.5 seconds", "2.5", "0.25", "orders.*"):
        assert value in filled.values()
        assert f'value="{value}"' in page
    await does("/agents/clerk/change", **filled)
    assert (await flow.agents.get("clerk")).record == made.record


async def test_what_cannot_be_is_said_and_what_was_typed_stays(does: Does) -> None:
    for field, typed, said in (
        ("name", "Not A Name", "is not an agent's name"),
        ("model", "nowhere", "nowhere"),
        ("tools", "nothing.*", "no tool matches nothing.*"),
        ("repairs", "some", "The number of mends: 'some' is no number"),
        ("repairs", "1.5", "The number of mends: '1.5' is no whole number"),
        ("repairs", "21", "repairs cannot be 21"),
        ("plan_tokens", "0", "plan_tokens cannot be"),
        ("due", "soon", "'soon' is no length of time"),
        ("escalate_after", "1 day", "escalate"),
        ("steps", "0", "steps"),
        ("review", "sometimes", "review cannot be 'sometimes'"),
    ):
        fields = {"name": "clerk", "model": office.MODEL, "instructions": "Keep <this>.", field: typed}
        page = (await does("/agents/-/new", 422, **fields)).text
        assert said in words(page)
        assert "Keep &lt;this&gt;." in page


async def test_the_form_of_a_new_agent_names_the_tools_that_there_are(looks: Looks) -> None:
    page = await looks("/agents/-/new")
    assert "mail.send, orders.get, payments.refund" in words(page)
    assert 'value="risky" checked' in page


async def test_a_name_that_is_taken_is_a_conflict_and_a_change_that_cannot_be_says_so(
    does: Does, clerk: AgentHandle
) -> None:
    taken = await does("/agents/-/new", 409, name="clerk", model=office.MODEL)
    assert "there is an agent clerk already" in words(taken.text)
    wrong = await does("/agents/clerk/change", 422, model="nowhere")
    assert "Change clerk" in words(wrong.text)


async def test_an_archived_agent_is_made_again_by_its_form(does: Does, looks: Looks, clerk: AgentHandle) -> None:
    await does("/agents/clerk/archive")
    assert "Make it again" in words(await looks("/agents/clerk"))
    await does("/agents/clerk/change", model=office.MODEL)
    assert "archived" not in words(await looks("/agents"))


async def test_who_may_not_change_agents_sees_no_way_to_and_is_refused(
    looks: Looks, does: Does, client: httpx2.AsyncClient, flow: Doors, clerk: AgentHandle
) -> None:
    await signed_in(client, flow, "viewer")
    shown = words(await looks("/agents/clerk"))
    for way in ("Change", "Archive", "Submit a goal", "Register"):
        assert way not in shown
    assert "New agent" not in words(await looks("/agents"))
    for path in ("/agents/-/new", "/agents/clerk/change", "/agents/clerk/archive"):
        await does(path, 403, name="other", model=office.MODEL)


async def test_an_agent_that_there_is_not_is_none(looks: Looks) -> None:
    for path in ("/agents/nobody", "/agents/nobody/change", "/agents/-"):
        await looks(path, 404)
