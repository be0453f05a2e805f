"""Runs in a browser: listed with filters, and started with a form."""

from __future__ import annotations

import re
from typing import Any

import httpx2
import pytest

from agentflow.app import AgentFlow
from agentflow.app.agents import AgentHandle
from agentflow.app.doors import Doors
from agentflow.app.runs import RunHandle
from agentflow.records import Json, Principal, RunStatus

from ..fakes import office
from ..fakes.waiting import until
from .conftest import HOST, Does, Looks, words
from .together import clerk, client, flow, home, site

__all__ = ["clerk", "client", "flow", "home", "site"]
pytestmark = pytest.mark.asyncio(loop_scope="module")


async def started(clerk: AgentHandle, plan: str, status: RunStatus, payload: Json = None, **more: Any) -> RunHandle:
    """A run of this plan that has come to this status."""
    await clerk.register(plan)
    run = await clerk.start(payload, **more)

    async def reached() -> bool:
        return (await run.refresh()).status == status

    await until(reached)
    return run


async def test_where_there_is_no_run_the_page_says_how_one_begins(looks: Looks) -> None:
    shown = await looks("/runs")
    assert "There are no runs yet" in words(shown)
    assert 'href="/runs/new"' in shown


async def test_runs_are_listed_with_what_they_wait_for_and_counted(looks: Looks, clerk: AgentHandle) -> None:
    await started(clerk, office.WAITS, "waiting", id="order-1")
    await started(clerk, office.source('raise ValueError("<b>no</b>")'), "failed", id="order-2")
    page = await looks("/runs")
    shown = words(page)
    assert "all waiting 1 failed 1" in shown
    assert "order-1 waiting clerk@1 waits for an event of type go (go)" in shown
    assert "order-2 failed clerk@2 ValueError: <b>no</b>" in shown
    assert "<b>no" not in page


async def test_filters_stand_in_the_address_and_narrow_what_is_shown(looks: Looks, clerk: AgentHandle) -> None:
    one = await started(clerk, office.source("return 1"), "completed", {"order": "blue"})
    two = await started(clerk, office.source("return 1"), "completed")
    page = await looks("/runs?agent=clerk&status=completed&text=blue&schedule=")
    assert f'href="/runs/{one.id}"' in page
    assert f'href="/runs/{two.id}"' not in page
    assert 'value="blue"' in page
    assert "/runs?agent=clerk&amp;status=completed&amp;text=blue" in page
    assert "No run is like this" in words(await looks("/runs?schedule=nightly"))
    assert "there is no agent &#39;nobody&#39;" in await looks("/runs?agent=nobody", 404)
    assert "there is no status 'odd': a run is one of queued," in words(await looks("/runs?status=odd", 422))


async def test_the_runs_of_a_schedule_are_found_by_its_name(looks: Looks, clerk: AgentHandle) -> None:
    await started(clerk, office.source("return 1"), "completed", id="by-hand")
    nightly = await clerk.schedule("nightly", cron="0 3 * * *")
    run = await nightly.run_now()
    page = await looks("/runs?schedule=nightly")
    assert f'href="/runs/{run.id}"' in page
    assert "by schedule" in words(page)
    assert "by-hand" not in page


async def test_a_long_list_goes_on_on_the_next_page(
    looks: Looks, clerk: AgentHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agentflow.page.runs.PAGE", 1)
    monkeypatch.setattr("agentflow.page.runs.COUNTED", 1)
    older = await started(clerk, office.source("return 1"), "completed")
    newer = await started(clerk, office.source("return 1"), "completed")
    page = await looks("/runs?status=completed")
    assert "completed 1+" in words(page)
    onward = page.partition('class="more"><a href="')[2].partition('"')[0].replace("&amp;", "&")
    rest = await looks(onward)
    assert f'href="/runs/{older.id}"' in rest
    assert f'href="/runs/{newer.id}"' not in rest
    assert "Older runs" not in words(rest)
    assert "'x' is no cursor" in words(await looks("/runs?cursor=x", 422))


async def test_a_viewer_reads_and_starts_nothing(looks: Looks, client: httpx2.AsyncClient, flow: Doors) -> None:
    made = await flow.keys.create("eve", roles=["viewer"])
    await client.post("/login", data={"key": made.secret}, headers={"origin": HOST})
    assert "Start a run" not in words(await looks("/runs"))
    refused = await client.post("/runs/new", data={"agent": "clerk"}, headers={"origin": HOST})
    assert refused.status_code in (403, 404)


async def test_another_tenants_runs_are_not_there(looks: Looks, clerk: AgentHandle, home: AgentFlow) -> None:
    run = await started(clerk, office.source("return 1"), "completed", id="ours")
    await home.tenants.create("others")
    eve = home.acting_as(Principal("eve", "others", frozenset({"viewer", "operator", "admin"})))
    assert await eve.runs.list() == []
    assert (await eve.runs.counts())["completed"] == 0
    assert run.id in await looks("/runs")


# starting one


async def test_a_run_is_started_with_a_version_and_a_payload(looks: Looks, does: Does, clerk: AgentHandle) -> None:
    await clerk.register(office.source("return event.payload"))
    await clerk.register(office.source("return 2"))
    assert "newest (clerk@2) clerk@2, Plan clerk@1, Plan" in words(await looks("/runs/new?agent=clerk"))
    answer = await does("/runs/new", agent="clerk", version="1", payload='{"n": 3}')
    page = words(await looks(answer.headers["location"]))
    assert "clerk@1" in page
    assert (await does("/runs/new", agent="clerk", version="", payload="")).headers["location"].startswith("/runs/run_")


@pytest.mark.parametrize(
    ("typed", "status", "said"),
    [
        ({"payload": "{"}, 422, "the payload is not JSON"),
        ({"payload": "[1]"}, 422, "payload"),
        ({"version": "x"}, 422, "'x' is no version"),
        ({"version": "9"}, 404, "9"),
        ({"version": "9" * 5000}, 422, "is no version"),
    ],
)
async def test_what_does_not_fit_is_said_and_what_was_typed_stays(
    does: Does, clerk: AgentHandle, typed: dict[str, str], status: int, said: str
) -> None:
    await clerk.register(office.READS)
    answer = await does("/runs/new", status, **{"agent": "clerk", "version": "", "payload": '{"kept": 1}', **typed})
    assert said in words(answer.text)
    assert typed.get("payload", "{&#34;kept&#34;: 1}") in answer.text


async def test_a_form_that_is_sent_twice_starts_one_run(
    looks: Looks, does: Does, clerk: AgentHandle, flow: Doors
) -> None:
    await clerk.register(office.WAITS)
    [ticket] = re.findall('name="once" value="([^"]+)"', await looks("/runs/new?agent=clerk"))
    refused = await does("/runs/new", 422, agent="clerk", version="", payload="{", once=ticket)
    assert f'name="once" value="{ticket}"' in refused.text
    ways = [(await does("/runs/new", agent="clerk", version="", payload="", once=ticket)) for _ in range(2)]
    assert len({way.headers["location"] for way in ways}) == 1
    assert len(await flow.runs.list()) == 1


async def test_the_form_says_what_is_missing(looks: Looks, does: Does, flow: Doors) -> None:
    assert "There are no agents yet" in words(await looks("/runs/new"))
    await flow.agents.create("idle", model=office.MODEL)
    assert "Agent idle Go on" in words(await looks("/runs/new"))
    assert "idle has no plan that may run" in words(await looks("/runs/new?agent=idle"))
    assert "there is no agent 'nobody'" in words((await does("/runs/new", 404, agent="nobody")).text)
