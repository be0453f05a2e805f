"""Goals in a browser: found, submitted once, and whatever was typed is there again where it cannot be taken."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator

import httpx2
import pytest
import pytest_asyncio

from agentflow.app import AgentFlow
from agentflow.app.doors import Doors
from agentflow.app.repeats import Repeats
from agentflow.errors import Conflict
from agentflow.page import once
from agentflow.records import Principal

from ..fakes import office
from .conftest import HOST, Does, Looks, words
from .together import client, flow, site

__all__ = ["client", "flow", "site"]
pytestmark = pytest.mark.asyncio(loop_scope="module")

GOAL = "Load order 17."


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def home(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[AgentFlow]:
    """Nobody works here: goals stay as they were submitted."""
    async with office.house(tmp_path_factory.mktemp("home"), worker=False) as home:
        yield home


@pytest_asyncio.fixture(loop_scope="module")
async def clerk(flow: Doors) -> None:
    """An agent whose goals need a review."""
    await flow.agents.create("clerk", model=office.MODEL, tools=["*"], review="always")


async def test_where_there_is_nothing_the_list_says_what_to_do(looks: Looks) -> None:
    shown = await looks("/goals")
    assert "Nobody has asked for anything yet. Submit the first goal" in words(shown)
    form = await looks("/goals/new")
    assert "There is no agent yet" in words(form)
    assert '<a href="/agents/-/new">Make one</a>' in form


@pytest.mark.usefixtures("clerk")
async def test_a_goal_is_submitted_and_stands_in_the_list_by_what_it_is(flow: Doors, looks: Looks, does: Does) -> None:
    answer = await does("/goals/new", agent="clerk", goal=GOAL, payload='{"id": "17"}', then="run", once="a")
    [goal] = await flow.goals.list()
    assert answer.headers["location"] == f"/goals/{goal.id}"
    assert (goal.text, goal.payload, goal.plan_only, goal.share_payload) == (GOAL, {"id": "17"}, False, False)
    assert f"{GOAL} planning clerk now" in words(await looks("/goals"))


@pytest.mark.usefixtures("clerk")
async def test_what_is_wished_for_a_goal_is_taken_along(flow: Doors, does: Does) -> None:
    await does("/goals/new", agent="clerk", goal=GOAL, then="plan", share="on", fresh="on")
    [goal] = await flow.goals.list()
    assert (goal.plan_only, goal.share_payload, goal.reused) == (True, True, None)


@pytest.mark.usefixtures("clerk")
@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"payload": '{"id": 17'}, 422, "the payload is not JSON: line 1, column 10: Expecting ',' delimiter"),
        ({"payload": "[1]"}, 422, "the payload must be a JSON object"),
        ({"goal": "   "}, 422, "the goal is empty"),
        ({"agent": "nobody"}, 404, "there is no agent 'nobody'"),
    ],
)
async def test_what_cannot_be_taken_is_said_and_nothing_that_was_typed_is_lost(
    flow: Doors, does: Does, fields: dict[str, str], status: int, said: str
) -> None:
    typed = {
        "agent": "clerk",
        "goal": "</textarea><b>Do</b> it",
        "payload": "{}",
        "then": "plan",
        "share": "on",
    } | fields
    page = (await does("/goals/new", status, **typed)).text
    assert said in words(page)
    assert '<input type="radio" name="then" value="plan" checked>' in page
    assert '<input type="checkbox" name="share" checked>' in page
    assert "<b>Do" not in page
    assert "goal" in fields or "Do it" in words(page).replace("</textarea><b>", "").replace("</b>", "")
    assert await flow.goals.list() == []


@pytest.mark.usefixtures("clerk")
async def test_a_form_that_is_sent_twice_makes_one_goal_and_leads_to_it_both_times(
    client: httpx2.AsyncClient, flow: Doors, looks: Looks, does: Does
) -> None:
    """A click too many, at the same moment or later. Opened anew, or filled in otherwise, it makes another one."""
    found = re.search(r'name="once" value="([^"]+)"', await looks("/goals/new?agent=clerk"))
    assert found is not None
    filled = {"agent": "clerk", "goal": GOAL, "once": found[1]}
    sent = [client.post("/goals/new", data=filled, headers={"origin": HOST}) for _ in range(3)]
    answers = [*await asyncio.gather(*sent), await does("/goals/new", **filled)]
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert len(await flow.goals.list()) == 1
    await does("/goals/new", **{**filled, "goal": "Load order 18."})
    await does("/goals/new", **{**filled, "once": "another"})
    assert len(await flow.goals.list()) == 3


@pytest.mark.usefixtures("clerk")
async def test_a_form_whose_first_sending_never_ends_is_not_sent_again(
    flow: Doors, does: Does, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(once, "_PAUSE", 0.0)
    filled = {"agent": "clerk", "goal": GOAL, "once": "a"}
    held = Repeats(flow._house)
    key = once._key("/goals/new", flow.principal.name, filled)
    assert await held.begin(flow.principal.tenant, key, key) is None
    page = (await does("/goals/new", Conflict.http_status, **filled)).text
    assert "the same form was sent before, and is under way or lost: look what came of it" in words(page)


@pytest.mark.usefixtures("clerk")
async def test_a_form_that_acted_and_whose_way_on_was_lost_does_not_act_again(
    flow: Doors, does: Does, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(_: str) -> str:
        raise RuntimeError("no")

    monkeypatch.setattr(once, "_PAUSE", 0.0)
    filled = {"agent": "clerk", "goal": GOAL, "once": "a"}
    with monkeypatch.context() as patched:
        patched.setattr("agentflow.page.goals.path", lost)
        await does("/goals/new", 500, **filled)
    await does("/goals/new", Conflict.http_status, **filled)
    assert len(await flow.goals.list()) == 1


@pytest.mark.usefixtures("clerk")
async def test_a_goal_is_submitted_again_from_what_it_was(flow: Doors, looks: Looks) -> None:
    goal = await (await flow.agents.get("clerk")).submit(GOAL, {"id": "17"})
    bare = await (await flow.agents.get("clerk")).submit("Nothing to work on.")
    page = await looks(f"/goals/new?again={goal.id}")
    assert '"id": "17"' in words(page)
    assert GOAL in words(page)
    assert "Nothing to work on." in words(await looks(f"/goals/new?again={bare.id}"))
    assert '<option value="clerk" selected>' in await looks("/goals/new?agent=clerk")
    await looks("/goals/new?again=goal_none", 404)


@pytest.mark.usefixtures("clerk")
async def test_goals_are_found_by_what_stands_in_the_address_and_come_in_pages(
    flow: Doors, looks: Looks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agentflow.page.goals.MOST", 2)
    agent = await flow.agents.get("clerk")
    made = [await agent.submit(f"Do <b>{n}</b>", {"n": n}) for n in range(3)]
    await made[0].cancel()
    first = await looks("/goals?agent=clerk&text=Do")
    assert ["Do <b>2</b>" in words(first), "Do <b>0</b>" in words(first)] == [True, False]
    later = re.search(r'href="(/goals\?[^"]+)">More', first)
    assert later is not None
    rest = await looks(later[1].replace("&amp;", "&"))
    assert ["Do <b>2</b>" in words(rest), "Do <b>0</b>" in words(rest)] == [False, True]
    cancelled = await looks("/goals?status=cancelled")
    assert ["Do <b>1</b>" in words(cancelled), "Do <b>0</b>" in words(cancelled)] == [False, True]
    assert "No such goals. All goals" in words(await looks("/goals?text=nothing"))
    assert "a goal is never 'lost'" in words(await looks("/goals?status=lost", 422))
    await looks("/goals?agent=nobody", 404)


@pytest.mark.usefixtures("clerk")
async def test_who_may_only_read_sees_the_list_and_submits_nothing(flow: Doors, client: httpx2.AsyncClient) -> None:
    made = await flow.keys.create("vera", roles=["viewer"])
    await client.post("/login", data={"key": made.secret}, headers={"origin": HOST})
    assert "Submit" not in words((await client.get("/goals")).text)
    answer = await client.post("/goals/new", data={"agent": "clerk", "goal": GOAL}, headers={"origin": HOST})
    assert answer.status_code == 403
    assert "vera may not use goals.submit" in words(answer.text)


@pytest.mark.usefixtures("clerk")
async def test_goals_of_another_tenant_are_not_there(flow: Doors, home: AgentFlow, client: httpx2.AsyncClient) -> None:
    goal = await (await flow.agents.get("clerk")).submit(GOAL)
    await home.tenants.create("other")
    elsewhere = home.acting_as(Principal(tenant="other"))
    made = await elsewhere.keys.create("eve", roles=["admin", "operator", "approver"])
    await client.post("/login", data={"key": made.secret}, headers={"origin": HOST})
    assert GOAL not in (await client.get("/goals")).text
    for path in (f"/goals/{goal.id}", f"/goals/new?again={goal.id}", f"/live/stream?of=draft:{goal.id}"):
        other = await client.get(path)
        unknown = await client.get(path.replace(goal.id, "goal_none"))
        assert (other.status_code, unknown.status_code) == (404, 404)
        assert words(other.text).replace(goal.id, "goal_none") == words(unknown.text)
    for verb in ("approve", "reject", "changes", "cancel"):
        assert (await client.post(f"/goals/{goal.id}/{verb}", headers={"origin": HOST})).status_code == 404
