"""A house that is used over HTTP: what is another there than here, and what it says where something is in the way."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from agentflow.app import (
    AgentFlow,
    agents,
    approvals,
    audit,
    goals,
    keys,
    notices,
    recordings,
    runs,
    schedules,
    tenants,
)
from agentflow.app.doors import Doors
from agentflow.errors import (
    AgentFlowError,
    Conflict,
    NotFound,
    PlanRefused,
    Refused,
    RunFailed,
    StillWaiting,
    Unauthorized,
    Unreachable,
    UsageError,
)
from agentflow.graph.changes import SAME
from agentflow.records import AuditState, Principal
from agentflow.remote import Remote, wire
from agentflow.remote import agents as far_agents
from agentflow.remote import approvals as far_approvals
from agentflow.remote import goals as far_goals
from agentflow.remote import keys as far_keys
from agentflow.remote import runs as far_runs
from agentflow.remote import schedules as far_schedules

from ..fakes import office
from ..fakes.afar import address, afar

PAIRS: list[tuple[Any, Any]] = [
    (Doors, Remote),
    (agents.Agents, far_agents.Agents),
    (agents.AgentHandle, far_agents.AgentHandle),
    (goals.Goals, far_goals.Goals),
    (goals.GoalHandle, far_goals.GoalHandle),
    (runs.Runs, far_runs.Runs),
    (runs.RunHandle, far_runs.RunHandle),
    (recordings.RecordedRun, far_runs.RecordedRun),
    (approvals.Approvals, far_approvals.Approvals),
    (approvals.ApprovalHandle, far_approvals.ApprovalHandle),
    (schedules.Schedules, far_schedules.Schedules),
    (schedules.ScheduleHandle, far_schedules.ScheduleHandle),
    (keys.Keys, far_keys.Keys),
    (tenants.Tenants, far_keys.Tenants),
    (audit.Audit, far_keys.Audit),
    (notices.Notices, far_keys.Notices),
]


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[AgentFlow]:
    async with office.house(tmp_path) as flow:
        yield flow


@pytest.fixture
async def flow(here: AgentFlow) -> AsyncIterator[AgentFlow]:
    async with afar(here) as flow:
        yield flow


@pytest.mark.parametrize(("near", "far"), PAIRS, ids=lambda one: one.__name__)
def test_every_verb_goes_over_http_and_takes_the_same(near: Any, far: Any) -> None:
    for name, method in vars(near).items():
        function = method.fget if isinstance(method, property) else method
        if name.startswith("_") or not inspect.isfunction(function) or not _asks(method, function):
            continue
        assert name in vars(far), f"{far.__name__}.{name} asks a house that is not here"
        if not isinstance(method, property) and name != "acting_as":
            assert inspect.signature(vars(far)[name]).parameters == inspect.signature(function).parameters, name


def _asks(method: Any, function: Callable[..., Any]) -> bool:
    """Whether it asks the house, and is not only a name for what a record holds."""
    asks = bool({"_house", "_open"} & {*function.__code__.co_names})
    return asks or hasattr(function, "verb") or not isinstance(method, property)


async def test_keys_tenants_and_the_audit_log_are_kept_from_afar(flow: AgentFlow) -> None:
    made = await flow.keys.create("boss", roles=["admin", "operator"], expires=timedelta(days=90))
    url = flow._wire.url  # type: ignore[attr-defined]  # a house from afar has one
    with pytest.raises(Unauthorized, match="a key is needed"):
        await flow.keys.list()
    async with AgentFlow.connect(url, made.secret) as boss:
        assert boss.principal == Principal("boss", "default", frozenset({"admin", "operator"}), made.record.id, "http")
        assert [key.name for key in await boss.keys.list()] == ["boss"]
        assert (await boss.tenants.create("acme", sandbox=True)).sandbox
        assert [one.name for one in await boss.tenants.list()] == ["acme", "default"]
        assert (await boss.tenants.suspend("acme")).suspended_at
        assert (await boss.tenants.resume("acme")).suspended_at is None
        assert (await boss.tenants.own()).name == "default"
        assert [act.verb for act in await boss.audit.list(who="boss", most=1)] == ["tenants.resume"]
        assert len([act async for act in boss.audit.all()]) == 4
        assert await boss.audit.verify() == AuditState(4)
        goal = await (await boss.agents.create("a", model="offline:demo")).submit("x")
        with pytest.raises(Refused, match=r"boss may not use goals\.approve: that needs the role approver"):
            await goal.approve()
        await boss.keys.revoke("boss")
        with pytest.raises(Unauthorized, match="key boss was revoked"):
            await boss.keys.list()
    with pytest.raises(Unauthorized, match="this is no key of this house"):
        async with AgentFlow.connect(url, "af_nonsense"):
            pass


async def test_schedules_are_kept_from_afar(flow: AgentFlow) -> None:
    agent = await flow.agents.create("clerk", model=office.MODEL, tools=["*"], review="never")
    await agent.register(office.WAITS)
    moment = datetime.now(UTC) + timedelta(days=1)
    made = await agent.schedule("once", at=moment, payload={"sum": moment})
    assert [time.timestamp() for time in made.next(2)] == [pytest.approx(moment.timestamp(), abs=1)]
    assert (await made.pause()).paused
    assert made.next() == ()
    assert not (await made.resume()).paused
    run = await made.run_now()
    assert made.record.last_run == run.id
    assert [one.name for one in await flow.schedules.list(agent="clerk")] == ["once"]
    found = await flow.schedules.get("clerk", "once")
    await found.delete()
    with pytest.raises(NotFound):
        await found.refresh()


async def test_a_run_is_controlled_from_afar(flow: AgentFlow) -> None:
    agent = await flow.agents.create("clerk", model=office.MODEL, tools=["orders.*"], review="never")
    assert [tool.name for tool in agent.tools()] == ["orders.get"]
    await agent.register(office.WAITS)
    run = await agent.start({"n": 1})
    assert (await agent.graph(), (await run.graph())) == (await agent.graph(1), await agent.graph())
    assert (await agent.diff(1, 1)).words == (SAME,)
    await run.pause()
    await run.resume()
    await run.cancel(rollback=True)
    with pytest.raises(RunFailed, match="was cancelled"):
        await run.result()
    assert run.spent(await run.steps()).output == 0
    with pytest.raises(Conflict):
        await run.rollback()
    assert (await run.restart()).generation == 2
    await run.send("go", datetime(2026, 1, 31, tzinfo=UTC))
    assert await run.result() == datetime(2026, 1, 31, tzinfo=UTC)
    assert await flow.runs.prune(timedelta(days=1), dry_run=True) == 0
    assert [(one.version, one.runs, one.going) for one in await agent.pinned()] == [(1, 1, 0)]
    assert len(await flow.runs.list(agent=agent.name, version=1)) == 1
    assert (await agent.revoke(1, "It leaks.")).revoked_why == "It leaks."
    await run.delete()
    with pytest.raises(NotFound):
        await run.refresh()


async def test_findings_come_along_and_a_plan_is_checked_from_afar(flow: AgentFlow) -> None:
    agent = await flow.agents.create("clerk", model=office.MODEL, tools=["*"])
    with pytest.raises(PlanRefused) as refused:
        await agent.register(office.BROKEN)
    assert (await agent.check(office.BROKEN)).findings == refused.value.findings
    assert (await flow.check(office.READS)).entry == "Plan"
    assert (await flow.secrets(), len(await flow.workers())) == ({}, 1)
    with pytest.raises(UsageError, match="a plan is the text of its source"):
        await agent.check(17)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="without a time zone"):
        await flow.runs.list(since=datetime(2026, 1, 31))  # noqa: DTZ001  # that it has none is the point
    with pytest.raises(UsageError, match="the payload is not JSON"):
        await agent.start({"n": {1, 2}})


async def test_a_goal_in_review_is_decided_from_afar(flow: AgentFlow, tmp_path: Path) -> None:
    office.answers(tmp_path, office.fenced(office.READS), office.fenced(office.REFUNDS))
    agent = await flow.agents.create("clerk", model=office.MODEL, tools=["*"], review="always")
    goal = await agent.submit("Look at order 17.", {"id": "17"})
    assert (await goal.plan()).source == office.READS
    with pytest.raises(StillWaiting):
        await goal.run()
    assert (await goal.ask_changes("Look twice.")).status == "planning"
    assert (await goal.plan()).source == office.REFUNDS
    assert (await goal.reject("no")).status == "refused"
    with pytest.raises(PlanRefused):
        await goal.run()


async def test_many_questions_are_decided_at_once_from_afar(flow: AgentFlow) -> None:
    agent = await flow.agents.create("clerk", model=office.MODEL, tools=["*"], review="never")
    await agent.register(office.REFUNDS)
    run = await agent.start({"id": "17"})
    assert [now.status async for now in run.watch()][-1] == "waiting"
    [question] = await flow.approvals.pending()
    assert (await question.case()).needed == 1
    assert (await question.sight()).agent == "clerk"
    decisions = [{"id": question.id, "action": "approve"}, {"id": "approval_x", "action": "reject"}]
    held, missing = await flow.approvals.decide(decisions)
    assert (held.result, missing.result) == ("approved", "NotFound")
    assert await run.result() == "refunded 17"


async def test_what_people_were_told_is_seen_from_afar(flow: AgentFlow) -> None:
    assert await flow.notices.list() == []
    assert (await flow.notices.failings()).undelivered == 0
    with pytest.raises(NotFound, match="there is no channel 'bell'"):
        await flow.notices.test("bell")


async def test_what_cannot_be_done_from_afar_says_so(flow: AgentFlow) -> None:
    for asks in (flow.until_idle, lambda: flow.keys.principal("af_x"), lambda: flow.keys.holder("key_x")):
        with pytest.raises(UsageError):
            await asks()
    with pytest.raises(UsageError, match=r"agentflow\.toml"):
        flow.notices.channels()
    with pytest.raises(UsageError, match="trials does not work over HTTP"):
        _ = flow.trials
    with pytest.raises(UsageError, match="connect with the key"):
        flow.acting_as(Principal())
    with pytest.raises(UsageError, match="open the database itself"):
        _ = flow._house
    assert flow.now() == pytest.approx(datetime.now(UTC).timestamp(), abs=5)


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://x", "http://", ""])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="is no address of a service"):
        AgentFlow.connect(url)


@pytest.mark.parametrize("key", ["sch\N{LATIN SMALL LETTER O WITH DIAERESIS}n", "one\ntwo", "one two"])
def test_a_key_that_cannot_be_sent_is_refused_without_being_told(key: str) -> None:
    with pytest.raises(UsageError, match="the key has signs in it") as refused:
        AgentFlow.connect("http://127.0.0.1:1", key)
    assert key not in str(refused.value)


async def test_a_key_is_sent_without_what_a_file_has_around_it() -> None:
    asked: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        return httpx2.Response(200, json=1)

    knows = wire.Wire("http://a", "af_key\n", httpx2.MockTransport(answer))
    assert await knows.get(int, "/v1/me") == 1
    assert asked[0].headers["authorization"] == "Bearer af_key"


async def test_a_service_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unreachable, match=r"http://127\.0\.0\.1:1 does not answer"):
        async with AgentFlow.connect("http://127.0.0.1:1"):
            pass


def scripted(*answers: httpx2.Response | Exception) -> tuple[wire.Wire, list[httpx2.Request]]:
    """A wire to a server that answers so, one after the other, and what it was asked."""
    asked: list[httpx2.Request] = []
    script = iter(answers)

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        said = next(script)
        if isinstance(said, Exception):
            raise said
        return said

    return wire.Wire("http://service", None, httpx2.MockTransport(answer)), asked


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "_PAUSE", 0.001)


async def test_what_is_sent_again_carries_the_same_key() -> None:
    lost = httpx2.ReadError("the line is cut")
    line, asked = scripted(lost, httpx2.Response(503, json={"detail": "busy"}), httpx2.Response(200, json={"id": "a"}))
    assert await line.post(dict[str, str], "/v1/x", n=1) == {"id": "a"}
    assert len({request.headers["idempotency-key"] for request in asked}) == 1


async def test_it_is_given_up_after_three_tries() -> None:
    line, asked = scripted(*[httpx2.ReadError("the line is cut")] * 3)
    with pytest.raises(Unreachable, match="the line is cut"):
        await line.get(dict[str, str], "/v1/x")
    assert len(asked) == 3


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        (httpx2.Response(502, text="<html>proxy</html>"), AgentFlowError, "answered 502, and not as agentflow does"),
        (httpx2.Response(404, json={"type": "about:blank", "detail": "nothing"}), AgentFlowError, "nothing"),
        (httpx2.Response(422, json={"type": "urn:agentflow:error:GuestLimit", "detail": "big"}), AgentFlowError, "big"),
        (httpx2.Response(409, json={"type": "urn:agentflow:error:Conflict", "detail": "no"}), Conflict, "no"),
    ],
)
async def test_an_error_is_the_one_that_was_raised_there(
    answer: httpx2.Response, kind: type[Exception], said: str
) -> None:
    line, _ = scripted(answer)
    with pytest.raises(kind, match=said) as raised:
        await line.get(dict[str, str], "/v1/x")
    assert type(raised.value) is kind


def events(*told: tuple[str, str, Any]) -> httpx2.Response:
    """An answer with these events: name, id, data."""
    lines = [
        f"event: {name}\n{f'id: {id}' + chr(10) if id else ''}data: {json.dumps(data)}\n\n" for name, id, data in told
    ]
    return httpx2.Response(200, text=": ping\n\n" + "".join(lines))


async def test_a_stream_that_breaks_off_is_taken_up_after_the_last_event() -> None:
    line, asked = scripted(
        events(("history", "1.4", {"n": 4})), httpx2.ReadError("cut"), events(("run", "", {}), ("end", "", {}))
    )
    assert [told.event async for told in line.stream("/v1/x")] == ["history", "run", "end"]
    assert [request.headers.get("last-event-id") for request in asked] == [None, "1.4", "1.4"]


async def test_what_goes_wrong_in_a_stream_is_raised() -> None:
    line, _ = scripted(events(("problem", "", {"type": "urn:agentflow:error:NotFound", "detail": "gone"})))
    with pytest.raises(NotFound, match="gone"):
        [told async for told in line.stream("/v1/x")]
    line, _ = scripted(httpx2.Response(403, json={"type": "urn:agentflow:error:Refused", "detail": "no"}))
    with pytest.raises(Refused, match="no"):
        [told async for told in line.stream("/v1/x")]
    line, _ = scripted(*[httpx2.ReadError("cut")] * 3)
    with pytest.raises(Unreachable):
        [told async for told in line.stream("/v1/x")]


async def test_streams_end_when_the_service_does(here: AgentFlow) -> None:
    agent = await here.agents.create("clerk", model=office.MODEL, tools=["*"], review="never")
    await agent.register(office.WAITS)
    run = await agent.start()
    seen = asyncio.Event()

    async def listen(url: str) -> None:
        async with AgentFlow.connect(url) as flow:
            async for _ in (await flow.runs.get(run.id)).watch():
                seen.set()

    async with address(here) as url:
        listening = asyncio.create_task(listen(url))
        await asyncio.wait_for(seen.wait(), 60)
    with pytest.raises(Unreachable):
        await asyncio.wait_for(listening, 60)


async def test_a_run_is_revised_from_afar_and_goes_on(flow: AgentFlow, tmp_path: Path) -> None:
    office.answers(tmp_path, office.fenced(office.READS))
    clerk = await flow.agents.create("clerk", model=office.MODEL, tools=["*"])
    await clerk.register(office.REFUNDS)
    run = await clerk.start({"id": "17"})
    async for _ in run.watch():
        continue
    [question] = await flow.approvals.pending()
    goal = await flow.goals.get(await question.revise("Only load it.", goal="Load the order."))
    async for _ in goal.watch():
        continue
    assert (goal.record.revises, goal.record.run, goal.record.feedback[0].text) == (run.id, run.id, "Only load it.")
    assert await run.result() == {"id": "17", "total": 120}
    async for _ in run.watch():
        continue
    assert [move.version for move in run.record.moves] == [2]
    with pytest.raises(Conflict, match="is completed"):
        await run.revise("Again.", goal="Load it.")
