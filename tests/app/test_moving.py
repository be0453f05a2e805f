"""Houses that move: whatever is asked of them has the same answer at both places."""

from __future__ import annotations

import random
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from agentflow.app import AgentFlow, AgentHandle, RunHandle
from agentflow.app.moving import Mover
from agentflow.errors import Conflict, Refused
from agentflow.records import Principal, Role
from agentflow.settings import Settings

from ..fakes import postgres
from ..fakes.office import ASKS, MODEL, READS, REFUNDS, WAITS, fenced, house, source
from ..fakes.office import answers as texts
from ..fakes.waiting import until

pytestmark = pytest.mark.xdist_group("postgres")

SLEEPS = source('await step.sleep("nap", "2 days")')
FAILS = source('raise PlanFailed("no such luck \\0 \\ufdd0")').replace("tools", "PlanFailed", 1)
PLANS = [READS, WAITS, ASKS, REFUNDS, SLEEPS, FAILS]
REST = {"completed", "failed", "cancelled", "waiting", "sleeping", "paused"}


async def live(flow: AgentFlow, some: random.Random) -> None:
    """Any small things happen in a house, until all of its runs are at rest."""
    await flow.tenants.create("acme", sandbox=some.random() < 0.5)
    for tenant in ("default", "acme"):
        there = flow.acting_as(Principal("anna", tenant, channel="http"))
        await there.keys.create("program", roles=["viewer"])
        clerk = await there.agents.create("clerk", model=MODEL, tools=["*"], review="never", instructions="Größe \0")
        runs = [await begun(clerk, some, n) for n in range(some.randint(2, 4))]
        goal = await clerk.submit("Read it.", payload={"id": "17"}, plan_only=True)
        await goal.plan()
        await clerk.schedule("nightly", cron="0 3 * * *", payload={"n": some.random()})

        async def at_rest(runs: list[RunHandle] = runs) -> bool:
            return {(await run.refresh()).status for run in runs} <= REST

        await until(at_rest)
        for run in runs:
            if run.record.status not in ("completed", "failed"):
                await some.choice([run.pause, run.cancel, run.refresh])()
        await until(at_rest)
        for question in await there.approvals.pending():
            if some.random() < 0.3:
                with suppress(Conflict):  # of a run that is just being cancelled
                    await question.reject("no \u2028")
        await until(at_rest)


async def begun(clerk: AgentHandle, some: random.Random, n: int) -> RunHandle:
    await clerk.register(some.choice(PLANS))
    run = await clerk.start({"id": some.choice(["17", "\0", "Größe"])}, id=f"{clerk.record.tenant}-{n}")
    if some.random() < 0.5:
        await run.send("other", {"n": some.random()})
    return run


async def answers(flow: AgentFlow) -> AsyncIterator[tuple[str, Any]]:
    """What a house says to whatever may be asked."""
    yield "tenants", list(await flow.tenants.list())
    yield "verified", await flow.audit.verify()
    for tenant in ("default", "acme"):
        there = flow.acting_as(Principal(tenant=tenant))
        yield "agents", list(await there.agents.list())
        yield "keys", list(await there.keys.list())
        yield "audit", list(await there.audit.list())
        yield "schedules", list(await there.schedules.list())
        yield "approvals", list(await there.approvals.list())
        yield "goals", list(await there.goals.list())
        for goal in await there.goals.list():
            yield "attempts", (await there.goals.get(goal.id)).attempts
        for agent in await there.agents.list():
            yield "plans", [plan.sha256 for plan in await (await there.agents.get(agent.name)).plans()]
        for run in await there.runs.list():
            handle = await there.runs.get(run.id)
            yield run.id, (run, list(await handle.history()), list(await handle.steps()))


@pytest.mark.parametrize("seed", range(2))
async def test_any_small_house_says_the_same_at_both_places(
    tmp_path: Path, database_server: postgres.Server, seed: int
) -> None:
    path, place = tmp_path / "agentflow.db", database_server.database()
    texts(tmp_path, fenced(READS))
    async with house(tmp_path, limits={"linger_seconds": 0.0}) as flow:
        await live(flow, random.Random(seed))
    mover = Mover(path, Principal(), time.time)
    report = await mover.report(place, Settings(folder=tmp_path))
    assert (report.state, report.hindered()) == ("here", None)
    await mover.move(place)
    said = []
    for db in (path, place):
        async with AgentFlow(db, settings=Settings(folder=tmp_path), worker=False) as flow:
            said.append([answer async for answer in answers(flow)])
    here, there = said
    assert [name for name, _ in here] == [name for name, _ in there]
    for before, after in zip(here, there, strict=True):
        assert after == before
    assert sum(report.counts["runs"].values()) == sum("-" in name for name, _ in here)


@pytest.mark.parametrize(("roles", "tenant"), [({"operator", "approver", "viewer"}, "default"), ({"admin"}, "acme")])
def test_only_an_admin_of_the_house_moves_it(tmp_path: Path, roles: set[Role], tenant: str) -> None:
    with pytest.raises(Refused, match="eve may not move a house: that is for admins of the tenant default"):
        Mover(tmp_path / "agentflow.db", Principal("eve", tenant, frozenset(roles)), time.time)


async def test_of_many_runs_the_next_to_wake_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database_server: postgres.Server
) -> None:
    monkeypatch.setattr("agentflow.app.moving.SHOWN", 1)
    async with house(tmp_path, limits={"linger_seconds": 0.0}) as flow:
        clerk = await flow.agents.create("clerk", model=MODEL, tools=["*"], review="never")
        await clerk.register(SLEEPS)
        runs = [await clerk.start(id=f"r{n}") for n in range(3)]

        async def asleep() -> bool:
            return {(await run.refresh()).status for run in runs} == {"sleeping"}

        await until(asleep)
    mover = Mover(tmp_path / "agentflow.db", Principal(), lambda: time.time() + 3 * 86_400)
    report = await mover.report(database_server.database(), Settings(folder=tmp_path))
    assert ([run.id for run in report.runs], report.more_runs, report.due_soon) == (["r0"], 2, 3)
    assert [wait["step"] for wait in report.runs[0].waits] == ["nap#1"]
