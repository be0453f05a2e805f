"""Finished runs are let go of by their age: in a worker's background as the settings say, or by hand."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from agentflow.app import AgentFlow, AgentHandle
from agentflow.app.retention import PAUSE, PORTION, Pruning, sweep
from agentflow.errors import NotFound, StorageError, UsageError
from agentflow.records import RunStatus
from agentflow.settings import Limits, Retention, Settings

from ..fakes.clock import FakeClock
from ..fakes.elsewhere import on_both
from ..fakes.office import ASKS, MODEL, WAITS, source, tools
from ..fakes.waiting import until
from .test_pages import plan_of

DAY = 86_400.0
TABLES = {"history": "run", "commands": "run", "approvals": "run", "attempts": "id", "inbox": "id", "work": "id"}


@asynccontextmanager
async def house(
    folder: Path, clock: FakeClock, retention: Retention | None = None, *, worker: bool = True
) -> AsyncIterator[tuple[AgentFlow, AgentHandle]]:
    settings = Settings(folder=folder, limits=Limits(linger_seconds=0), retention=retention or Retention())
    async with AgentFlow(tools=tools(), settings=settings, clock=clock, worker=worker) as flow:
        yield flow, await flow.agents.create("clerk", model=MODEL, tools=["*"], review="never", update=True)


async def ended(clerk: AgentHandle, id: str, plan: str = "return 1", status: RunStatus = "completed") -> None:
    """A run that has come to its end."""
    version = await clerk.register(source(plan))
    run = await clerk.start(id=id, version=version.number)

    async def reached() -> bool:
        return (await run.refresh()).status == status

    await until(reached)


async def known(flow: AgentFlow) -> set[str]:
    return {run.id for run in await flow.runs.list()}


def altered(folder: Path, statement: str, *values: Any) -> None:
    with sqlite3.connect(folder / "agentflow.db") as database:
        database.execute(statement, values)
    database.close()


async def test_a_worker_forgets_what_is_older_than_the_settings_say(tmp_path: Path) -> None:
    clock = FakeClock()
    async with house(tmp_path, clock, Retention(completed=30 * DAY, failed=90 * DAY)) as (flow, clerk):
        await ended(clerk, "fine")
        await ended(clerk, "broken", "raise ValueError('no')", "failed")
        await clerk.register(source("await step.sleep('long', '365 days')"))
        await clerk.start(id="waits")
        clock.advance(29 * DAY)
        await ended(clerk, "young")
        assert await known(flow) == {"fine", "broken", "waits", "young"}
        clock.advance(DAY + PAUSE)
        await until(lambda: _is(flow, {"broken", "waits", "young"}))
        clock.advance(30 * DAY)
        await until(lambda: _is(flow, {"broken", "waits"}))
        clock.advance(30 * DAY + PAUSE)
        await until(lambda: _is(flow, {"waits"}))


async def _is(flow: AgentFlow, ids: set[str]) -> bool:
    return await known(flow) == ids


async def test_without_a_setting_runs_are_kept_for_ever(tmp_path: Path) -> None:
    clock = FakeClock()
    async with house(tmp_path, clock) as (flow, clerk):
        await ended(clerk, "fine")
        clock.advance(100 * 365 * DAY)
        await ended(clerk, "other")
        assert await known(flow) == {"fine", "other"}


async def test_nothing_of_a_forgotten_run_stays(tmp_path: Path) -> None:
    clock = FakeClock()
    async with house(tmp_path, clock) as (flow, clerk):
        await clerk.register(ASKS)
        run = await clerk.start(id="asks")
        await run.send("unread", "x")
        await until(lambda: _asked(flow))
        await run.cancel()
        await until(lambda: _status(flow, "asks", "cancelled"))
        clock.advance(1)
        assert await flow.runs.prune(0) == 1
        with pytest.raises(NotFound):
            await flow.runs.get("asks")
        for table, column in TABLES.items():
            with sqlite3.connect(tmp_path / "agentflow.db") as database:
                found = database.execute(f"SELECT * FROM {table} WHERE {column} = 'asks'").fetchall()
            database.close()
            assert found == [], table


async def _asked(flow: AgentFlow) -> bool:
    return bool(await flow.approvals.pending())


async def _status(flow: AgentFlow, id: str, status: RunStatus) -> bool:
    return (await flow.runs.get(id)).status == status


@on_both
async def test_pruning_by_hand_says_how_many_and_can_only_look(tmp_path: Path) -> None:
    clock = FakeClock()
    async with house(tmp_path, clock) as (flow, clerk):
        await ended(clerk, "fine")
        await ended(clerk, "broken", "raise ValueError('no')", "failed")
        clock.advance(DAY)
        await ended(clerk, "young")
        assert await flow.runs.prune("12h", dry_run=True) == 2
        assert await flow.runs.prune(timedelta(days=2)) == 0
        assert await known(flow) == {"fine", "broken", "young"}
        assert await flow.runs.prune("12h", status="failed") == 1
        assert await flow.runs.prune(12 * 3_600) == 1
        assert await known(flow) == {"young"}


async def test_many_are_forgotten_in_portions(tmp_path: Path) -> None:
    clock = FakeClock()
    async with house(tmp_path, clock, worker=False) as (flow, clerk):
        await clerk.register(WAITS)
        for number in range(2 * PORTION + 1):
            await clerk.start(id=f"r{number}")
        altered(tmp_path, "UPDATE runs SET status = 'completed', ended_at = ?", clock.now())
        assert await flow.runs.prune(0) == 2 * PORTION + 1


@pytest.mark.parametrize("table", ["runs", "goals"])
async def test_a_run_stays_while_one_that_it_delegated_goes_on(tmp_path: Path, table: str) -> None:
    clock = FakeClock()
    async with house(tmp_path, clock) as (flow, clerk):
        await ended(clerk, "parent")
        await clerk.register(WAITS)
        child = await clerk.start(id="child") if table == "runs" else await clerk.submit("x")
        altered(tmp_path, f"UPDATE {table} SET parent = 'parent' WHERE id = ?", child.id)
        if table == "goals":
            altered(tmp_path, "UPDATE goals SET status = 'review' WHERE id = ?", child.id)
        assert await flow.runs.prune(0, dry_run=True) == 0
        assert await flow.runs.prune(0) == 0
        altered(tmp_path, f"UPDATE {table} SET parent = NULL")
        assert await flow.runs.prune(0) == 1


async def test_a_run_that_moved_on_after_it_was_found_stays(tmp_path: Path) -> None:
    clock = FakeClock()
    async with house(tmp_path, clock) as (flow, clerk):
        await ended(clerk, "fine")
        pruning = Pruning(clerk._house.store, clerk._house.engine)
        for status, before in (("failed", clock.now()), ("completed", clock.now() - 1)):
            assert not await pruning._forget("fine", cast("RunStatus", status), before)
        assert await known(flow) == {"fine"}
        assert len(await (await flow.runs.get("fine")).history()) == 1


async def test_a_database_that_cannot_be_written_is_swept_a_minute_later(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock, asked = FakeClock(), list[float]()

    class Stuck(Pruning):
        async def prune(self, status: RunStatus, before: float) -> int:
            asked.append(before)
            raise StorageError("the disk is full")

    async with house(tmp_path, clock, worker=False) as (_, clerk):
        stuck = Stuck(clerk._house.store, clerk._house.engine)
        sweeping = asyncio.create_task(sweep(stuck, clock, Retention(completed=DAY)))
        await until(lambda: len(asked) == 1)
        clock.advance(PAUSE)
        await until(lambda: len(asked) == 2)
        sweeping.cancel()
    assert asked[1] - asked[0] == PAUSE
    assert "old runs stay for now: the disk is full" in caplog.text


async def test_a_run_of_another_tenant_stays(tmp_path: Path) -> None:
    clock = FakeClock()
    async with house(tmp_path, clock) as (flow, clerk):
        await ended(clerk, "theirs")
        altered(tmp_path, "UPDATE runs SET tenant = 'other'")
        assert await flow.runs.prune(0) == 0


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"older_than": "a month"}, "'a month' is no length of time"),
        ({"older_than": -1}, "-1 lies ahead: say how long ago runs must have ended"),
        (
            {"older_than": 1, "status": "running"},
            "a run that is running is not pruned: status is one of cancelled, comp",
        ),
    ],
)
async def test_what_cannot_be_pruned_is_refused(tmp_path: Path, asked: dict[str, Any], words: str) -> None:
    async with house(tmp_path, FakeClock(), worker=False) as (flow, _):
        with pytest.raises(UsageError, match=words):
            await flow.runs.prune(**asked)


async def test_old_runs_are_found_along_their_age(tmp_path: Path) -> None:
    assert await plan_of(tmp_path, "old_runs") == ["SEARCH runs USING INDEX runs_ended (status=? AND ended_at<?)"]
