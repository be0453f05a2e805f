"""What people do to a run on its page: each form does what it says, and only where that can be."""

from __future__ import annotations

import html
import json
import re

import httpx2
import pytest

from agentflow.app.agents import AgentHandle
from agentflow.app.doors import Doors
from agentflow.records import Role

from ..fakes import office
from ..fakes.waiting import until
from .conftest import HOST, Does, Looks, words
from .test_runs import started
from .together import clerk, client, flow, home, site

__all__ = ["clerk", "client", "flow", "home", "site"]
pytestmark = pytest.mark.asyncio(loop_scope="module")
TWICE = office.source('return [await step.wait_for_event("first", "go"), await step.wait_for_event("second", "go")]')


async def test_a_run_is_paused_and_goes_on_and_the_page_shows_it_at_once(
    looks: Looks, does: Does, clerk: AgentHandle
) -> None:
    run = await started(clerk, office.WAITS, "waiting")
    assert (await does(f"/runs/{run.id}/pause")).headers["location"] == f"/runs/{run.id}"
    page = await looks(f"/runs/{run.id}")
    assert '<span class="state is-paused">paused</span>' in page
    assert f"/runs/{run.id}/pause" not in page
    await does(f"/runs/{run.id}/resume")
    page = await looks(f"/runs/{run.id}")
    assert '<span class="state is-waiting">waiting</span>' in page
    assert f"/runs/{run.id}/resume" not in page


async def test_an_event_is_sent_with_what_it_carries(looks: Looks, does: Does, clerk: AgentHandle) -> None:
    run = await started(clerk, office.WAITS, "waiting")
    assert '<option value="go">' in await looks(f"/runs/{run.id}")
    await does(f"/runs/{run.id}/send", type="go", data='{"n": 1}')
    assert await run.result() == {"n": 1}


async def test_a_second_click_sends_no_second_event_and_restarts_nothing_twice(
    looks: Looks, does: Does, clerk: AgentHandle
) -> None:
    run = await started(clerk, TWICE, "waiting")
    tickets = re.findall('name="once" value="([^"]+)"', await looks(f"/runs/{run.id}"))
    assert tickets
    assert len({*tickets}) == 1
    for _ in range(2):
        await does(f"/runs/{run.id}/restart", act="restart", once=tickets[0])
    await run.refresh()
    assert run.record.generation == 2
    for _ in range(2):
        await does(f"/runs/{run.id}/send", act="send", type="go", data="1", once=tickets[0])

    async def heard_one() -> bool:
        waits = ((await run.refresh()).reason or {}).get("waits", ())
        return [wait["step"] for wait in waits] == ["second#1"]

    await until(heard_one)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"type": "go", "data": "{<b>"}, "what the event carries is not JSON"),
        ({"type": "a b", "data": "1"}, "event type"),
    ],
)
async def test_an_event_that_cannot_be_sent_leaves_what_was_typed(
    does: Does, clerk: AgentHandle, typed: dict[str, str], said: str
) -> None:
    run = await started(clerk, office.WAITS, "waiting")
    answer = await does(f"/runs/{run.id}/send", 422, act="send", **typed)
    assert said in words(answer.text)
    assert f'value="{typed["type"]}"' in answer.text
    assert html.escape(typed["data"]) in answer.text
    assert 'id="act-send" name="act" open' in answer.text


@pytest.mark.parametrize("fields", [{}, {"rollback": "yes"}])
async def test_a_run_is_cancelled(looks: Looks, does: Does, clerk: AgentHandle, fields: dict[str, str]) -> None:
    run = await started(clerk, office.WAITS, "waiting")
    await does(f"/runs/{run.id}/cancel", **fields)
    assert '<span class="state is-cancelled">cancelled</span>' in await looks(f"/runs/{run.id}")


async def test_a_run_is_restarted_from_the_start_or_from_a_step(looks: Looks, does: Does, clerk: AgentHandle) -> None:
    run = await started(clerk, office.READS, "completed", {"id": "1"})
    await does(f"/runs/{run.id}/restart")
    assert "Generation 2" in words(await looks(f"/runs/{run.id}"))
    await run.result()
    assert '<input type="hidden" name="from" value="load#1">' in await looks(f"/runs/{run.id}?step=load%231")
    await does(f"/runs/{run.id}/restart", **{"from": "load#1"})
    assert "Generation 3" in words(await looks(f"/runs/{run.id}"))
    answer = await does(f"/runs/{run.id}/restart", 404, **{"from": "gone"})
    assert "gone" in words(answer.text)


async def test_a_new_plan_is_asked_for_with_a_comment(does: Does, clerk: AgentHandle, flow: Doors) -> None:
    run = await started(clerk, office.source('raise ValueError("no")'), "failed")
    answer = await does(f"/runs/{run.id}/revise", 422, act="revise", comment="otherwise", goal="")
    assert "otherwise" in answer.text
    assert 'id="act-revise" name="act" open' in answer.text
    onward = (await does(f"/runs/{run.id}/revise", comment="otherwise", goal="Read it.")).headers["location"]
    goal = (await flow.goals.get(onward.removeprefix("/goals/"))).record
    assert (goal.revises, goal.text) == (run.id, "Read it.")


async def test_deleting_asks_first_and_leads_to_the_list(looks: Looks, does: Does, clerk: AgentHandle) -> None:
    run = await started(clerk, office.source("return 1"), "completed")
    assert "This cannot be undone" in words(await looks(f"/runs/{run.id}"))
    assert (await does(f"/runs/{run.id}/delete")).headers["location"] == "/runs"
    await looks(f"/runs/{run.id}", 404)


async def test_what_cannot_be_done_now_is_said_on_the_page_of_the_run(does: Does, clerk: AgentHandle) -> None:
    run = await started(clerk, office.source("return 1"), "completed")
    for verb, said in {"pause": "can no longer be paused", "rollback": "undid nothing"}.items():
        answer = await does(f"/runs/{run.id}/{verb}", 409)
        assert said in words(answer.text)
        assert "Timeline" in words(answer.text)


async def test_a_run_is_downloaded_as_what_replays_elsewhere(
    client: httpx2.AsyncClient, flow: Doors, clerk: AgentHandle
) -> None:
    run = await started(clerk, office.READS, "completed", {"id": "1"})
    answer = await client.get(f"/runs/{run.id}/download")
    assert answer.headers["content-disposition"] == f'attachment; filename="{run.id}.run.json"'
    found = await flow.runs.load(json.loads(answer.text))
    assert (found.record.agent, [step.key for step in await found.steps()]) == ("clerk", ["load#1"])
    assert (found.notes, (await found.replay()).same) == ([], True)


@pytest.mark.parametrize(
    ("role", "offered", "refused"),
    [
        ("viewer", [], ["pause", "send", "cancel", "restart", "delete"]),
        ("operator", ["pause", "send", "cancel", "restart"], ["delete"]),
        ("admin", ["delete"], ["pause", "send", "cancel", "restart"]),
    ],
)
async def test_each_role_is_offered_what_it_may_do_and_nothing_else_is_done(
    client: httpx2.AsyncClient, flow: Doors, clerk: AgentHandle, role: Role, offered: list[str], refused: list[str]
) -> None:
    run = await started(clerk, office.WAITS, "waiting")
    made = await flow.keys.create("ada", roles=[role])
    await client.post("/login", data={"key": made.secret}, headers={"origin": HOST})
    page = (await client.get(f"/runs/{run.id}")).text
    for verb in offered:
        assert f'action="/runs/{run.id}/{verb}"' in page
    for verb in refused:
        assert f'action="/runs/{run.id}/{verb}"' not in page
        answer = await client.post(f"/runs/{run.id}/{verb}", data={"type": "go"}, headers={"origin": HOST})
        assert answer.status_code == 403
        assert f"may not use runs.{verb}" in words(answer.text)
    assert (await run.refresh()).status == "waiting"


async def test_nothing_happens_by_looking(client: httpx2.AsyncClient, clerk: AgentHandle) -> None:
    run = await started(clerk, office.WAITS, "waiting")
    for verb in ("pause", "cancel", "delete"):
        assert (await client.get(f"/runs/{run.id}/{verb}")).status_code == 405
