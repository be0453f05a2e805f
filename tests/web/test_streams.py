"""Live updates: what happened, once, in order, from where the listener left off, until there is nothing to wait for."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest

from agentflow.agent.progress import EVERY
from agentflow.app import AgentFlow, GoalHandle
from agentflow.app.feeds import Change, Feeds
from agentflow.app.watching import watched
from agentflow.records import Goal, Principal
from agentflow.web import sse, streams

from ..fakes.afar import address
from ..fakes.elsewhere import on_both
from ..fakes.office import ASKS, BROKEN, READS, WAITS, answers, fenced
from ..fakes.slow import Slow
from ..fakes.waiting import until
from .conftest import Asks

pytestmark = pytest.mark.usefixtures("clerk")


async def told(client: httpx2.AsyncClient, path: str, **headers: str) -> list[tuple[str, str | None, Any]]:
    """The events of a stream that ends: name, id, data."""
    answer = await client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    return events_of(answer.text)


def events_of(text: str) -> list[tuple[str, str | None, Any]]:
    """The events that a stream sent."""
    found = []
    for block in text.strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if line and line[0] != ":")
        if fields:
            found.append((fields["event"], fields.get("id"), json.loads(fields["data"])))
    return found


async def heard(flow: AgentFlow, wanted: str, count: int = 1, **headers: str) -> tuple[str, httpx2.Headers]:
    """What the stream of a tenant sends until it has sent this so often, however long that takes."""
    given, text = {name.replace("_", "-"): value for name, value in headers.items()}, ""
    async with (
        address(flow) as url,
        httpx2.AsyncClient(timeout=60) as client,
        client.stream("GET", f"{url}/v1/stream", headers=given) as answer,
    ):
        async for piece in answer.aiter_text():
            text += piece
            if text.count(wanted) >= count:
                break
    return text, answer.headers


async def run_of(asks: Asks, plan: str, payload: Any = None) -> str:
    await asks("POST", "/v1/agents/clerk/plans", 201, {"source": plan})
    return str((await asks("POST", "/v1/runs", 201, {"agent": "clerk", "payload": payload}))["id"])


async def test_a_run_is_told_from_its_start_to_its_end(asks: Asks, client: httpx2.AsyncClient) -> None:
    run = await run_of(asks, READS, {"id": "17"})
    events = await told(client, f"/v1/runs/{run}/stream")
    assert [(name, id) for name, id, _ in events if name == "history"] == [("history", "1.0"), ("history", "1.1")]
    assert [name for name, _, _ in events][-2:] == ["run", "end"]
    assert events[-2][2]["result"] == {"id": "17", "total": 120}


async def test_who_comes_back_is_told_only_what_came_since(asks: Asks, client: httpx2.AsyncClient) -> None:
    run = await run_of(asks, READS, {"id": "17"})
    await told(client, f"/v1/runs/{run}/stream?follow=true")
    events = await told(client, f"/v1/runs/{run}/stream", last_event_id="1.0")
    assert [(name, id) for name, id, _ in events] == [("history", "1.1"), ("run", None), ("end", None)]
    for nonsense in ("x", "1.x", "99999999999.1"):
        assert len(await told(client, f"/v1/runs/{run}/stream", last_event_id=nonsense)) == 4
    assert [name for name, _, _ in await told(client, f"/v1/runs/{run}/stream?history=false")] == ["run", "end"]


async def test_a_stream_ends_where_only_a_person_can_move_the_run(asks: Asks, client: httpx2.AsyncClient) -> None:
    run = await run_of(asks, ASKS)
    events = await told(client, f"/v1/runs/{run}/stream")
    assert [(name, data.get("status")) for name, _, data in events][-2:] == [("run", "waiting"), ("end", None)]


async def test_a_run_that_is_not_there_has_no_stream(asks: Asks) -> None:
    await asks("GET", "/v1/runs/run_x/stream", 404)
    await asks("GET", "/v1/goals/goal_x/stream", 404)


async def test_a_goal_is_told_answer_by_answer(asks: Asks, client: httpx2.AsyncClient, tmp_path: Path) -> None:
    answers(tmp_path, "I will not.", fenced(READS))
    asked = {"agent": "clerk", "goal": "Look at order 17.", "payload": {"id": "17"}, "plan_only": True}
    goal = (await asks("POST", "/v1/goals", 201, asked))["id"]
    events = await told(client, f"/v1/goals/{goal}/stream")
    heard = {id: data for name, id, data in events if name == "attempt"}
    assert [(id, data["source"]) for id, data in heard.items()] == [("1", None), ("2", READS)]
    assert list(heard.values()) == (await asks("GET", f"/v1/goals/{goal}", 200))["attempts"]
    assert (events[-2][0], events[-2][2]["status"], events[-2][2]["attempts"]) == ("goal", "planned", [])
    assert events[-1][0] == "end"
    later = await told(client, f"/v1/goals/{goal}/stream", last_event_id="2")
    assert [(name, id) for name, id, _ in later] == [("attempt", "2"), ("goal", None), ("end", None)]


class Remembered(GoalHandle):
    """A goal whose changes have been seen."""

    def __init__(self, handle: GoalHandle, *seen: Goal) -> None:
        super().__init__(handle._house, handle.record)
        self._seen = seen

    @watched
    async def watch(self) -> AsyncIterator[Goal]:
        for goal in self._seen:
            yield goal


async def test_an_answer_is_told_again_when_it_has_been_checked_and_not_otherwise(
    asks: Asks, flow: AgentFlow, tmp_path: Path
) -> None:
    answers(tmp_path, fenced(BROKEN), fenced(READS))
    asked = {"agent": "clerk", "goal": "Look at order 17.", "payload": {"id": "17"}, "plan_only": True}
    handle = await flow.goals.get((await asks("POST", "/v1/goals", 201, asked))["id"])
    await handle.plan()
    end, [first, second] = handle.record, handle.attempts
    began, checked, answered = [
        replace(end, status="planning", attempts=attempts)
        for attempts in ((replace(first, findings=()),), (first,), (first, replace(second, ended_at=None)))
    ]
    source = streams._of_goal(Remembered(handle, began, checked, answered, end), 0)
    events = [(event.event, event.id, event.data) async for event in source]
    heard = [(id, data.findings != (), data.ended_at is None) for name, id, data in events if name == "attempt"]
    assert heard == [("1", False, False), ("1", True, False), ("2", False, True), ("2", False, False)]


async def test_a_run_that_is_deleted_meanwhile_ends_its_stream_with_a_problem(asks: Asks, flow: AgentFlow) -> None:
    run = await run_of(asks, WAITS)
    async with (
        address(flow) as url,
        httpx2.AsyncClient() as client,
        client.stream("GET", f"{url}/v1/runs/{run}/stream") as answer,
    ):
        lines = answer.aiter_lines()
        async for line in lines:
            if line == "event: run":
                break
        await (await flow.runs.get(run)).delete()
        rest = [line async for line in lines]
    assert "event: problem" in rest
    assert any("urn:agentflow:error:NotFound" in line for line in rest)


async def test_a_stream_that_has_become_old_ends_so_that_the_key_is_looked_at_again(
    asks: Asks, client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sse, "LONGEST", 0.3)
    run = await run_of(asks, WAITS)
    events = await told(client, f"/v1/runs/{run}/stream")
    assert "end" not in [name for name, _, _ in events]


async def test_a_tenant_is_told_what_changes_in_it_and_nothing_of_another(asks: Asks, flow: AgentFlow) -> None:
    await flow.tenants.create("acme")
    feeds = Feeds(flow)
    ours, theirs = feeds.follow(flow.principal), feeds.follow(Principal("anna", "acme"))
    other = asyncio.create_task(anext(theirs))
    first = asyncio.create_task(anext(ours))
    await asyncio.sleep(0)
    run = await run_of(asks, ASKS)
    changes = [await asyncio.wait_for(first, 60)]
    while {one.kind for one in changes} != {"run", "approval"}:
        changes.append(await asyncio.wait_for(anext(ours), 60))
    assert {(one.kind, one.id) for one in changes if one.kind == "run"} == {("run", run)}
    assert [one.status for one in changes if one.kind == "approval"] == ["pending"]
    assert not other.done()
    other.cancel()
    await asyncio.wait([other])
    for feed in (ours, theirs):
        await feed.aclose()
    assert not feeds._looking


@on_both
async def test_a_tenant_is_told_of_a_run_that_is_deleted(asks: Asks, flow: AgentFlow) -> None:
    run = await run_of(asks, READS, {"id": "17"})
    await (await flow.runs.get(run)).result()
    feed = Feeds(flow).follow(flow.principal)
    first = asyncio.create_task(anext(feed))
    await asyncio.sleep(0)
    await asks("DELETE", f"/v1/runs/{run}", 204)
    change = await asyncio.wait_for(first, 60)
    while change.status != "deleted":
        change = await asyncio.wait_for(anext(feed), 60)
    assert (change.kind, change.id, change.agent) == ("run", run, "")
    await feed.aclose()


async def test_who_follows_is_told_of_what_was_on_its_way_when_he_began(
    asks: Asks, flow: AgentFlow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says of itself that it is of an earlier moment: so does what a machine stores whose clock is late."""
    run = await run_of(asks, READS, {"id": "17"})
    await (await flow.runs.get(run)).result()
    began = flow.now() + 5
    monkeypatch.setattr(flow, "now", lambda: began)
    looks = Feeds(flow).looks(flow.principal)
    first = asyncio.create_task(anext(looks))
    await until(lambda: flow._house.news._wide)
    await asks("DELETE", f"/v1/runs/{run}", 204)
    assert [(one.id, one.status) for one in await asyncio.wait_for(first, 60)] == [(run, "deleted")]
    await looks.aclose()


@on_both
async def test_who_comes_back_to_a_tenant_is_told_what_changed_meanwhile(
    asks: Asks, client: httpx2.AsyncClient, flow: AgentFlow, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = await run_of(asks, READS, {"id": "17"})
    await told(client, f"/v1/runs/{run}/stream?history=false&follow=true")
    [(kind, id, change)] = first = events_of((await heard(flow, "event: run", last_event_id="0.0"))[0])
    assert (kind, change["id"], change["status"]) == ("run", run, "completed")
    assert id is not None
    assert events_of((await heard(flow, "event: run", last_event_id=id))[0]) == first
    monkeypatch.setattr(sse, "LONGEST", 0.3)
    assert await told(client, "/v1/stream", last_event_id="nonsense") == []


async def test_what_all_hear_is_written_once() -> None:
    changes = (Change("run", "run_1", "clerk", "queued", 1.5), Change("goal", "goal_1", "clerk", "planning", 2.0))
    written = streams._written(changes)
    assert streams._written(tuple(change._replace() for change in changes)) is written
    first, second, rest = written.split(b"\n\n")
    assert first.split(b"\n")[0::2] == [b"event: run", b"id: 1.5"]
    assert json.loads(second.split(b"\n")[1].removeprefix(b"data: "))["status"] == "planning"
    assert rest == b""


def test_no_sign_of_a_text_ends_a_line_of_an_event() -> None:
    """Readers of lines differ in what ends one; JSON needs none of these signs as it is."""
    written = sse.Event("run", {"name": "a\u2028b\r\nc\x85ä", "share": float("nan")}).written()
    assert written.decode("ascii").splitlines()[2:] == [""]
    assert json.loads(written.splitlines()[1].removeprefix(b"data: ")) == {"name": "a\u2028b\r\nc\x85ä", "share": None}


async def test_where_nothing_happens_something_is_sent_now_and_then(
    flow: AgentFlow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sse, "QUIET", 0.05)
    text, headers = await heard(flow, ":\n\n", 3)
    assert text.replace(":\n\n", "") == ""
    assert (headers["cache-control"], headers["x-accel-buffering"]) == ("no-cache", "no")


async def test_an_answer_is_told_piece_by_piece_while_it_is_written(asks: Asks, flow: AgentFlow) -> None:
    model = Slow(flow)
    goal = (await asks("POST", "/v1/goals", 201, {"agent": "clerk", "goal": "Look.", "plan_only": True}))["id"]
    written, pieces = "", ["I think, ", "therefore."]
    model.say(pieces.pop(0))
    async with aclosing(streams._of_goal(await flow.goals.get(goal), 0)) as events:
        async for event in events:
            if event.event == "draft":
                assert (event.data["attempt"], event.data["at"]) == (1, len(written))
                written += event.data["text"]
                await asyncio.sleep(EVERY)  # what comes sooner is noted with what comes after it
                model.say(*pieces[:1])
                pieces = pieces[1:]
            if written == "I think, therefore.":
                break
    await (await flow.goals.get(goal)).cancel()
    model.end()
