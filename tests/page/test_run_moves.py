"""The page of a run that moves: what it waits for, and what it says once that has come."""

from __future__ import annotations

import httpx2
import pytest

from agentflow.app import AgentFlow
from agentflow.app.agents import AgentHandle
from agentflow.app.doors import Doors
from agentflow.app.runs import RunHandle
from agentflow.errors import Refused
from agentflow.records import Principal
from agentflow.roles import ALL

from ..fakes import office
from ..fakes.waiting import until
from .conftest import HOST, Looks, words
from .test_runs import started
from .together import clerk, client, flow, home, site

__all__ = ["clerk", "client", "flow", "home", "site"]
pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_run_that_waits_for_a_person_leads_to_the_question(
    looks: Looks, clerk: AgentHandle, flow: Doors
) -> None:
    run = await started(clerk, office.REFUNDS, "waiting", {"id": "17"})
    [asked] = await flow.approvals.pending()
    page = await looks(f"/runs/{run.id}")
    assert f'<a class="button" href="/approvals/{asked.id}">a person to agree</a>' in page
    assert f"approval:{asked.id}" in page.replace("%3A", ":")
    assert "Approval refund: may payments.refund be called? pending" in words(page)
    await asked.approve()
    await run.result()
    said = words(await looks(f"/runs/{run.id}?step=refund%231"))
    assert "approved by boss" in said
    assert "Result refunded 17" in said


async def test_a_run_that_waits_for_an_event_says_for_which(looks: Looks, clerk: AgentHandle) -> None:
    run = await started(clerk, office.WAITS, "waiting")
    said = words(await looks(f"/runs/{run.id}"))
    assert "It waits for an event of type go step go , began" in said
    assert "Gives up in 24 hours" in said or "Gives up in 1 day" in said
    await run.pause()
    await until(lambda: _is(run, "paused"))
    said = words(await looks(f"/runs/{run.id}"))
    assert "Paused: on request. Resume it, and it goes on where it was." in said
    assert "When it goes on, it waits for an event" in said
    assert "left" in said


async def _is(run: RunHandle, status: str) -> bool:
    return (await run.refresh()).status == status


async def test_in_a_sandbox_the_page_says_that_nothing_is_real(client: httpx2.AsyncClient, home: AgentFlow) -> None:
    await home.tenants.create("toys", sandbox=True)
    toys = home.acting_as(Principal("ada", "toys", frozenset(ALL)))
    clerk = await toys.agents.create("clerk", model=office.MODEL, tools=["*"], review="never")
    run = await started(clerk, office.READS, "completed", {"id": "1"})
    made = await toys.keys.create("eve", roles=["viewer"])
    await client.post("/login", data={"key": made.secret}, headers={"origin": HOST})
    assert "The tenant is a sandbox" in words((await client.get(f"/runs/{run.id}")).text)


async def test_a_run_that_may_not_go_on_says_why(looks: Looks, clerk: AgentHandle) -> None:
    run = await started(clerk, office.WAITS, "waiting")
    await clerk.revoke(1)
    await run.send("go")
    await until(lambda: _is(run, "paused"))
    said = words(await looks(f"/runs/{run.id}"))
    assert "Paused:" in said
    assert "revoked" in said
    with pytest.raises(Refused):
        await run.rollback()
