"""Schedules: made and changed with a form, paused, run at once, deleted."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
import pytest_asyncio

from agentflow.app.agents import AgentHandle
from agentflow.app.doors import Doors

from ..fakes import office
from .conftest import HOST, Does, Looks, words
from .together import client, flow, home, site

__all__ = ["client", "flow", "home", "site"]
pytestmark = pytest.mark.asyncio(loop_scope="module")

NIGHTLY = {"agent": "clerk", "name": "nightly", "kind": "cron", "cron": "0 3 * * *", "zone": "Europe/Vienna"}


@pytest_asyncio.fixture(loop_scope="module")
async def clerk(flow: Doors) -> AgentHandle:
    agent = await flow.agents.create("clerk", model=office.MODEL, tools=["*"], review="never")
    await agent.register(office.WAITS)
    return agent


async def test_where_there_is_nothing_the_page_says_how_to_begin(looks: Looks) -> None:
    assert "Nothing starts by itself yet" in words(await looks("/schedules"))
    assert "there is no agent yet" in words(await looks("/schedules/-/new"))


async def test_a_schedule_is_made_with_the_form_and_tells_its_next_times(
    does: Does, looks: Looks, clerk: AgentHandle
) -> None:
    made = await does("/schedules/-/new", **NIGHTLY, missed="once", payload='{"id": "<b>17"}', version="1")
    assert made.headers["location"] == "/schedules/clerk/nightly"
    page = await looks("/schedules/clerk/nightly")
    shown = words(page)
    assert shown.count("03:00 CE") == 5
    for said in ("0 3 * * * Europe/Vienna", "one run for all", "always clerk@1", "by boss", "none yet", '"<b>17"'):
        assert said in shown
    assert "<b>17" not in page
    assert "nightly clerk@1 0 3 * * * Europe/Vienna in" in words(await looks("/schedules"))


async def test_once_at_a_moment_is_meant_in_its_zone(does: Does, looks: Looks, clerk: AgentHandle) -> None:
    await does("/schedules/-/new", **{**NIGHTLY, "kind": "at", "at": "2999-07-01T09:00:00"})
    assert "once, 2999-07-01 07:00:00 UTC" in words(await looks("/schedules/clerk/nightly"))
    form = await looks("/schedules/clerk/nightly/change")
    assert 'value="2999-07-01T09:00:00"' in form
    assert 'value="at" checked' in form


async def test_the_form_of_a_change_holds_what_it_is_and_saves_what_is_other(
    does: Does, looks: Looks, clerk: AgentHandle, flow: Doors
) -> None:
    await does("/schedules/-/new", **NIGHTLY, payload='{"id": 17}', version="1")
    form = await looks("/schedules/clerk/nightly/change")
    assert all(f'value="{value}"' in form for value in ("0 3 * * *", "Europe/Vienna", "1"))
    assert "17" in words(form)
    await does("/schedules/clerk/nightly/change", kind="cron", cron="0 4 * * *", zone="UTC", name="other")
    [known] = await flow.schedules.list()
    assert (known.name, known.cron, known.version, known.payload) == ("nightly", "0 4 * * *", None, {})


async def test_what_cannot_be_is_said_and_what_was_typed_stays(does: Does, clerk: AgentHandle) -> None:
    cases: list[tuple[dict[str, Any], int, str]] = [
        ({"cron": "often"}, 422, "is not a cron expression"),
        ({"zone": "Europe/Vienn"}, 422, "did you mean Europe/Vienna?"),
        ({"kind": "at", "at": "2000-01-01T00:00"}, 422, "has passed already"),
        ({"version": "newest"}, 422, "'newest' is no version"),
        ({"version": "7"}, 404, "there is no version 7"),
        ({"payload": "{17}"}, 422, "the payload is not JSON"),
        ({"payload": "[" * 100_000}, 422, "the payload is nested too deeply"),
        ({"payload": '{"a": NaN}'}, 422, "NaN is no JSON number"),
        ({"payload": "[]"}, 422, "payload"),
        ({"missed": "never"}, 422, "missed cannot be 'never'"),
        ({"name": "Nightly Run"}, 422, "is not a schedule's name"),
        ({"agent": "nobody"}, 404, "there is no agent"),
    ]
    for other, status, said in cases:
        page = (await does("/schedules/-/new", status, **{**NIGHTLY, **other})).text
        assert said in words(page)
        assert f'value="{({**NIGHTLY, **other})["zone"]}"' in page


async def test_it_is_paused_and_resumed(does: Does, looks: Looks, clerk: AgentHandle) -> None:
    await clerk.schedule("nightly", cron="0 3 * * *")
    await does("/schedules/clerk/nightly/pause")
    assert "nightly paused" in words(await looks("/schedules"))
    paused = words(await looks("/schedules/clerk/nightly"))
    assert "None while it is paused" in paused
    assert "Resume" in paused
    await does("/schedules/clerk/nightly/resume")
    assert "paused" not in words(await looks("/schedules"))


async def test_it_is_run_at_once_and_leads_to_the_run(does: Does, looks: Looks, clerk: AgentHandle) -> None:
    await clerk.schedule("nightly", cron="0 3 * * *")
    onward = (await does("/schedules/clerk/nightly/run", once="one click")).headers["location"]
    assert onward.startswith("/runs/run_")
    assert (await does("/schedules/clerk/nightly/run", once="one click")).headers["location"] == onward
    assert (await does("/schedules/clerk/nightly/run", once="another")).headers["location"] != onward
    onward = (await does("/schedules/clerk/nightly/run", once="the last")).headers["location"]
    assert f'href="{onward}"' in await looks("/schedules/clerk/nightly")
    assert f'href="{onward}"' in await looks("/schedules")


async def test_why_a_time_started_nothing_is_said(does: Does, looks: Looks, clerk: AgentHandle) -> None:
    await clerk.schedule("later", at="2999-01-01T00:00")
    await does("/schedules/clerk/later/pause")
    await does("/schedules/clerk/later/resume")
    page = words(await looks("/schedules/clerk/later"))
    assert "2999-01-01" in page


async def test_deleting_asks_first_and_forgets_it(does: Does, looks: Looks, clerk: AgentHandle) -> None:
    await clerk.schedule("nightly", cron="0 3 * * *")
    assert "Those that it has started stay" in words(await looks("/schedules/clerk/nightly"))
    assert (await does("/schedules/clerk/nightly/delete")).headers["location"] == "/schedules"
    await looks("/schedules/clerk/nightly", 404)


async def test_who_only_looks_sees_no_way_to_change_one_and_is_refused(
    does: Does, looks: Looks, client: httpx2.AsyncClient, clerk: AgentHandle, flow: Doors
) -> None:
    await clerk.schedule("nightly", cron="0 3 * * *")
    made = await flow.keys.create("ada", roles=["viewer"])
    await client.post("/login", data={"key": made.secret}, headers={"origin": HOST})
    for path in ("/schedules", "/schedules/clerk/nightly"):
        shown = words(await looks(path))
        assert not [way for way in ("Run now", "Pause", "New schedule", "Change", "Delete") if way in shown]
    for way in ("pause", "resume", "run", "delete", "change"):
        await does(f"/schedules/clerk/nightly/{way}", 403, **NIGHTLY)
    await does("/schedules/-/new", 403, **NIGHTLY)
