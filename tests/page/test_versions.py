"""A version: read, compared, revoked for a reason; one that somebody pastes is checked, then registered."""

from __future__ import annotations

import httpx2
import pytest
import pytest_asyncio

from agentflow.app.agents import AgentHandle
from agentflow.app.doors import Doors
from agentflow.errors import RunFailed
from agentflow.page.versions import heir

from ..fakes import office
from .conftest import HOST, Does, Looks, words
from .together import client, flow, home, site

__all__ = ["client", "flow", "home", "site"]
pytestmark = pytest.mark.asyncio(loop_scope="module")

SILENCED = office.source(
    "try:\n            await step.do('load', tools.orders.get(id='1'))\n"
    "        except Exception:  # agentflow: ignore[AF604] <b>it is fine</b>\n            pass"
)


@pytest_asyncio.fixture(loop_scope="module")
async def clerk(flow: Doors) -> AgentHandle:
    agent = await flow.agents.create("clerk", model=office.MODEL, tools=["*"], review="never")
    await agent.register(office.WAITS)
    return agent


async def test_a_version_is_shown_with_its_source_picture_abilities_and_origin(
    looks: Looks, flow: Doors, clerk: AgentHandle
) -> None:
    """A line that is chosen is marked, and so is its part of the picture."""
    run = await clerk.start({})
    page = await looks("/agents/clerk/plans/1?line=8")
    shown = words(page)
    for said in (
        "clerk@1 active",
        "It waits for an event",
        "Written by boss",
        "1 run, 1 of which has not ended",
        "No findings.",
        "1 of its runs has not ended: what becomes of it? Paused at the next step",
        "No version is left from which a run could start.",
    ):
        assert said in shown
    assert f'href="/runs/{run.id}"' in page
    assert '<li id="line-8" class="has-number is-marked"' in page
    assert 'href="/agents/clerk/plans/1?line=8#line-8"' in page
    assert "Compare" not in shown


async def test_it_is_compared_with_the_one_before_or_any_other_in_words_and_line_by_line(
    looks: Looks, clerk: AgentHandle
) -> None:
    await clerk.register(office.ASKS)
    await clerk.register(office.REFUNDS)
    shown = words(await looks("/agents/clerk/plans/3"))
    assert "What is new since clerk@2" in shown
    assert "Now it calls payments.refund" in shown
    assert "No longer: it asks people for an answer ('which'" in shown
    other = words(await looks("/agents/clerk/plans/3?to=1"))
    assert "What is new since clerk@1" in other
    assert "No longer: it asks people" not in other
    assert "Compare it" in words(await looks("/agents/clerk/plans/3?to=3"))
    assert "What is new since" in words(await looks("/agents/clerk/plans/1?to=3"))


async def test_a_version_of_a_goal_tells_the_goal_the_model_and_the_prompt(
    looks: Looks, flow: Doors, does: Does
) -> None:
    office.answers(flow._house.settings.folder, office.fenced(office.REFUNDS))
    agent = await flow.agents.create("clerk", model=office.MODEL, tools=["*"], review="always")
    goal = await agent.submit("Pay <i>it</i> back.", {"id": "17"})
    await goal.plan()
    page = await looks("/agents/clerk/plans/1")
    shown = words(page)
    for said in ("waits for review", "Pay <i>it</i> back.", "given by boss", f"model:{office.MODEL}", "Prompt"):
        assert said in shown
    assert "<i>it" not in page
    assert "Start a run" not in shown


async def test_what_a_comment_silences_is_told_with_its_reason(looks: Looks, clerk: AgentHandle) -> None:
    await clerk.register(SILENCED)
    page = await looks("/agents/clerk/plans/2")
    assert "silenced line" in words(page)
    assert "Silenced in the source: <b>it is fine</b>" in words(page)
    assert "<b>it is" not in page


async def test_revoking_says_what_becomes_of_its_runs_and_wants_a_reason(
    looks: Looks, does: Does, clerk: AgentHandle
) -> None:
    await clerk.register(office.READS)
    assert "New runs start from clerk@1." in words(await looks("/agents/clerk/plans/2"))
    unsaid = await does("/agents/clerk/plans/2/revoke", 422, comment="  ")
    assert "say why it is revoked" in words(unsaid.text)
    assert (await does("/agents/clerk/plans/2/revoke", comment="It leaks <b>.")).headers["location"] == (
        "/agents/clerk/plans/2"
    )
    page = await looks("/agents/clerk/plans/2")
    assert "by boss: It leaks <b>." in words(page)
    assert "It leaks <b>" not in page
    again = await does("/agents/clerk/plans/2/revoke", 409, comment="Twice.")
    assert "version 2 is revoked already" in words(again.text)


async def test_revoking_does_with_its_runs_what_was_chosen(does: Does, clerk: AgentHandle) -> None:
    run = await clerk.start({})
    wrong = await does("/agents/clerk/plans/1/revoke", 422, comment="Bad.", running="burn")
    assert "running cannot be 'burn'" in words(wrong.text)
    await does("/agents/clerk/plans/1/revoke", comment="Bad.", running="cancel")
    with pytest.raises(RunFailed, match="was cancelled"):
        await run.result()


async def test_going_back_to_a_version_makes_new_runs_be_of_it(does: Does, looks: Looks, clerk: AgentHandle) -> None:
    await clerk.register(office.READS)
    assert "New runs are of this version." in words(await looks("/agents/clerk/plans/2"))
    assert "New runs are of clerk@2: go back to this one" in words(await looks("/agents/clerk/plans/1"))
    await does("/agents/clerk/plans/1/back")
    assert (await clerk.plan()).number == 1
    shown = words(await looks("/agents/clerk/plans/1"))
    assert "New runs are of this version." in shown
    assert "New runs start from clerk@2." in shown
    assert "New runs start from clerk@1." in words(await looks("/agents/clerk/plans/2"))
    await clerk.revoke(1)
    await does("/agents/clerk/plans/1/back", 409)
    await clerk.revoke(2)
    assert "New runs" not in words(await looks("/agents/clerk/plans/1"))


async def test_the_heir_of_a_version_is_the_newest_other_that_may_run(clerk: AgentHandle) -> None:
    await clerk.register(office.READS)
    await clerk.register(office.ASKS)
    await clerk.revoke(3)
    assert [heir(await clerk.plans(), number) for number in (1, 2, 3)] == [2, 1, 2]
    assert heir([], 1) is None


async def test_versions_that_there_are_not_are_none(looks: Looks, clerk: AgentHandle) -> None:
    for path in ("clerk/plans/2", "clerk/plans/0", f"clerk/plans/{'9' * 40}", "clerk/plans/x", "nobody/plans/1"):
        await looks(f"/agents/{path}", 404)
    assert "there is no version 7" in words(await looks("/agents/clerk/plans/1?to=7", 404))


async def test_a_source_is_checked_first_and_what_is_wrong_stands_beside_it(does: Does, clerk: AgentHandle) -> None:
    wrong = await does("/agents/clerk/plans/new", 200, source=office.BROKEN, act="check")
    shown = words(wrong.text)
    assert "error line 8" in shown
    assert "orders.fetch" in shown
    fine = words((await does("/agents/clerk/plans/new", 200, source=office.READS, act="check")).text)
    assert "No findings: it can be registered." in fine
    assert "It calls orders.get" in fine
    assert len(await clerk.plans()) == 1


async def test_a_source_is_registered_where_it_has_no_error(does: Does, clerk: AgentHandle, flow: Doors) -> None:
    refused = await does("/agents/clerk/plans/new", 422, source=office.BROKEN, act="register")
    assert "that must be mended" in words(refused.text)
    assert "error line 8" in words(refused.text)
    made = await does("/agents/clerk/plans/new", source=office.READS.replace("\n", "\r\n"), act="register")
    assert made.headers["location"] == "/agents/clerk/plans/2"
    assert (await clerk.plan(2)).source == office.READS
    await flow.agents.archive("clerk")
    archived = await does("/agents/clerk/plans/new", 409, source=office.ASKS, act="register")
    assert "agent clerk is archived" in words(archived.text)


async def test_a_copy_of_a_version_can_be_edited(looks: Looks, clerk: AgentHandle) -> None:
    assert "wait_for_event" in words(await looks("/agents/clerk/plans/new?from=1"))
    assert "wait_for_event" not in words(await looks("/agents/clerk/plans/new"))


async def test_who_only_looks_sees_no_way_to_revoke_or_register_and_is_refused(
    looks: Looks, does: Does, client: httpx2.AsyncClient, clerk: AgentHandle, flow: Doors
) -> None:
    made = await flow.keys.create("ada", roles=["viewer"])
    await client.post("/login", data={"key": made.secret}, headers={"origin": HOST})
    shown = words(await looks("/agents/clerk/plans/1"))
    assert not [way for way in ("Revoke", "Edit a copy", "Start a run") if way in shown]
    await does("/agents/clerk/plans/1/revoke", 403, comment="No.")
    for act in ("check", "register"):
        await does("/agents/clerk/plans/new", 403, source=office.READS, act=act)
