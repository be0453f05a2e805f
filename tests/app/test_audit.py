"""The audit log: each decision and administrative act is a row of the commit that it tells of."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agentflow.app import RunHandle, audit
from agentflow.errors import Conflict, Refused, UsageError
from agentflow.records import AuditState, Principal
from agentflow.store.chain import broken
from agentflow.testing import TestFlow

from ..fakes.elsewhere import on_both
from ..path.harness import plan

ASKS = plan('await step.wait_for_approval("go", "Go?")\nawait step.sleep("a while", 60)')


@pytest.fixture
async def flow() -> AsyncIterator[TestFlow]:
    async with TestFlow() as flow:
        yield flow


async def asleep(flow: TestFlow) -> RunHandle:
    run = await (await flow.agents.get("ada")).start()
    await (await flow.question()).approve("fine")
    await flow.skip_until(run, "sleeping")
    return run


async def told(flow: TestFlow, thing: str | None = None) -> list[str]:
    """What was done, in order."""
    return [act.verb for act in reversed(await flow.audit.list(thing=thing))]


async def test_whatever_is_done_to_a_run_is_told(flow: TestFlow) -> None:
    await (await flow.agent("ada")).register(ASKS)
    run = await asleep(flow)
    await run.pause()
    await run.resume()
    await run.restart()
    await run.cancel(rollback=False)
    await flow.settle()
    await run.delete()
    assert await told(flow, run.id) == [f"runs.{verb}" for verb in ("pause", "resume", "restart", "cancel", "delete")]
    assert await told(flow) == ["agents.create", "plans.register", "approvals.decide", *await told(flow, run.id)]


async def test_whatever_is_done_to_agents_schedules_and_plans_is_told(flow: TestFlow) -> None:
    agent = await flow.agent("ada")
    await flow.agent("ada")
    await flow.agent("ada", instructions="Be kind.")
    version = await agent.register(ASKS)
    await agent.register(ASKS)
    schedule = await agent.schedule("nightly", cron="0 3 * * *")
    await agent.schedule("nightly", cron="0 4 * * *", update=True)
    await schedule.pause()
    await schedule.resume()
    await schedule.delete()
    await agent.revoke(version.number)
    await flow.agents.archive("ada")
    await flow.runs.prune("1 day", dry_run=True)
    await flow.runs.prune("1 day", status="failed")
    acts = list(reversed(await flow.audit.list()))
    assert [act.verb for act in acts] == [
        *["agents.create", "agents.create", "plans.register"],  # what changes nothing is no act
        *["schedules.create", "schedules.create", "schedules.pause", "schedules.resume", "schedules.delete"],
        *["plans.revoke", "agents.archive", "runs.prune"],
    ]
    assert acts[1].details == {"update": True, "instructions": "Be kind."}
    assert (acts[2].thing, acts[2].details["sha256"]) == ("ada@1", version.sha256)
    assert acts[4].details == {
        "update": True,
        "agent": "ada",
        "name": "nightly",
        "version": None,
        "cron": "0 4 * * *",
        "at": None,
        "zone": "UTC",
        "missed": "skip",
    }


async def test_whatever_is_said_of_a_plan_is_told(flow: TestFlow) -> None:
    agent = await flow.agent("ada", tools=["*"], repairs=0)
    goal = await agent.submit("Do what nobody has a plan for.")
    await flow.settle()
    with pytest.raises(Conflict):
        await goal.reject("no")
    assert await told(flow, goal.id) == []


@on_both
async def test_a_decision_tells_who_saw_what(flow: TestFlow) -> None:
    await (await flow.agent("ada")).register(ASKS)
    await (await flow.agents.get("ada")).start()
    question = await flow.question()
    anna = flow.acting_as(Principal("anna", roles=frozenset({"approver"}), key="key_1", channel="http"))
    await (await anna.approvals.get(question.id)).approve("fine")
    await (await anna.approvals.get(question.id)).approve("fine")  # the same again is no new decision
    [act] = await flow.audit.list(verb="approvals.decide")
    assert (act.who, act.key, act.channel, act.thing) == ("anna", "key_1", "http", question.id)
    assert (act.details["action"], act.details["seen"]) == ("approve", question.record.digest)


async def test_a_rejection_that_has_the_plan_written_anew_is_told_as_a_decision_and_of_the_run(flow: TestFlow) -> None:
    await (await flow.agent("ada")).register(ASKS)
    run = await (await flow.agents.get("ada")).start()
    question = await flow.question()
    goal = await question.revise("Do not.", goal="Ask for less.")
    [act] = await flow.audit.list(thing=question.id)
    assert (act.verb, act.details["action"], act.details["status"]) == ("approvals.decide", "reject", "rejected")
    [act] = await flow.audit.list(thing=run.id)
    assert (act.verb, act.details["goal"]) == ("runs.revise", goal)


async def test_what_was_refused_is_not_told(flow: TestFlow) -> None:
    await flow.agent("ada")
    with pytest.raises(Refused):
        await flow.acting_as(Principal("eve", roles=frozenset({"viewer"}))).agents.archive("ada")
    assert await told(flow) == ["agents.create"]


@on_both
async def test_a_part_of_the_log_is_asked_for_and_all_of_it_is_read_in_parts(
    flow: TestFlow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "_PORTION", 3)
    for n in range(4):
        await flow.keys.create(f"key{n}", roles=["viewer"])
        flow.clock.advance(10)
    began = flow.clock.now() - 40
    first = await flow.audit.list(most=3)
    assert ([act.thing for act in first], first.next) == (["key3", "key2", "key1"], "2")
    assert [act.thing for act in await flow.audit.list(cursor=first.next)] == ["key0"]
    assert [act.thing for act in await flow.audit.list(since=began + 10, until=began + 30)] == ["key2", "key1"]
    until = datetime.fromtimestamp(began + 10, UTC)
    assert [act.thing async for act in flow.audit.all(until=until)] == ["key0"]
    assert [act.n async for act in flow.audit.all()] == [4, 3, 2, 1]
    assert broken(await flow._open().store.rows("whole_audit"), 4) is None
    for cursor in ("x", "-1", "9" * 19, "²"):
        with pytest.raises(UsageError, match="is no cursor"):
            await flow.audit.list(cursor=cursor)


async def test_whether_the_log_holds_is_told_however_long_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is read in portions; an end that is missing is found by the number that was given last."""
    monkeypatch.setattr(audit, "_PORTION", 2)
    database = tmp_path / "a.db"
    async with TestFlow(database, worker=False) as flow:
        assert await flow.audit.verify() == AuditState(0)
        for name in ("ada", "bob", "carl", "dora", "eve"):
            await flow.agent(name)
        rows = len(await flow.audit.list())
        assert await flow.audit.verify() == AuditState(rows)
        with closing(sqlite3.connect(database)) as connection, connection:
            connection.execute("DROP TRIGGER audit_is_not_shortened")
            connection.execute("DELETE FROM audit WHERE n = :n", {"n": rows})
        assert await flow.audit.verify() == AuditState(rows - 1, rows, "is missing, with all after it")
        with closing(sqlite3.connect(database)) as connection, connection:
            connection.execute("DELETE FROM audit WHERE n = 2")
        assert await flow.audit.verify() == AuditState(1, 2, "is missing")
        with pytest.raises(Refused, match=r"audit\.verify"):
            await flow.acting_as(Principal("eve", roles=frozenset({"operator"}))).audit.verify()
