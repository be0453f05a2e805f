"""Schedules on the engine: each time starts exactly one run, whatever happens around it."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from agentflow.agent import rows
from agentflow.agent.scheduling import Scheduler
from agentflow.agent.starting import ALONE
from agentflow.engine import Item, Start, Step
from agentflow.engine.embedded import EmbeddedEngine
from agentflow.errors import Conflict
from agentflow.guest.values import decode
from agentflow.records import Schedule
from agentflow.registry import Registry
from agentflow.store import Store, Write

from ..engine.rigs import EmbeddedRig
from ..fakes.waiting import until

NINE = 1_800_003_600.0
"""2027-01-15 09:00 in UTC; the rig's clock begins an hour before."""
HOUR = 3600.0
Happens = Callable[[], Awaitable[object]]
Enters = Callable[[int], Awaitable[None]]


class Interrupted:
    """An engine at whose every start something happens, first or afterwards."""

    def __init__(self, engine: EmbeddedEngine, before: Happens, after: Happens) -> None:
        self._engine = engine
        self._before = before
        self._after = after

    async def start(self, starts: Sequence[Start]) -> None:
        await self._before()
        await self._engine.start(starts)
        await self._after()


async def nothing() -> None:
    """What happens most of the time."""


async def enters(new: int) -> None:
    """There is room for all."""


async def is_full(new: int) -> None:
    raise Conflict("7 runs wait for a worker")


@dataclass
class Office:
    """A rig whose workers know schedules and end every run at once, and the agent `ada` with one plan."""

    rig: EmbeddedRig
    store: Store
    client: EmbeddedEngine

    async def opens(
        self, *, before: Happens = nothing, after: Happens = nothing, enter: Enters = enters
    ) -> EmbeddedEngine:
        """Another worker comes."""
        engine = await self.rig.client()
        starts: Any = Interrupted(engine, before, after)
        scheduler = Scheduler(engine.store, starts, Registry(engine.store), self.rig.clock, enter)
        await engine.work({"schedule": scheduler, "run": ended}, ["python 3.11"], lambda needs: True)
        return engine

    async def plans(self, **given: Any) -> str:
        """A schedule is made; its id."""
        values = {
            "id": "schedule_1",
            "tenant": "default",
            "agent": "agent_1",
            "name": "hourly",
            "version": None,
            "cron": "0 * * * *",
            "at": None,
            "zone": "UTC",
            "missed": "skip",
            "payload": '{"n": 1}',
            "next_at": NINE,
            "created_by": "eve",
            "now": self.rig.clock.now(),
            **given,
        }
        await self.client.start([Start(values["id"], "schedule", [], [Write("insert_schedule", values)])])
        return str(values["id"])

    async def schedule(self) -> Schedule:
        row = await self.store.row("schedule_by_id", id="schedule_1")
        assert row is not None
        return rows.schedule(row)

    def runs(self) -> list[sqlite3.Row]:
        """All runs, the earliest time first."""
        with closing(sqlite3.connect(self.rig.path)) as connection:
            connection.row_factory = sqlite3.Row
            return connection.execute("SELECT * FROM runs ORDER BY id").fetchall()

    def at(self, moment: float) -> None:
        """It is this moment now."""
        self.rig.tick(moment - self.rig.clock.now())

    async def until_next(self, next_at: float | None) -> None:
        """Until the schedule's next time is this one; the clock moves so slowly that nothing is missed meanwhile."""

        async def come() -> bool:
            self.rig.tick(0.005)
            return (await self.schedule()).next_at == next_at

        await until(come)

    async def change(self, *writes: Write) -> None:
        """A person changes something of the schedule."""
        await self.client.post("schedule_1", Item("changed", "", None, self.rig.clock.now()), writes)


async def ended(id: str, step: Step) -> None:
    """The handler of runs: what a run does is not of interest here."""
    await step.next()
    await step.finish([])


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    rig = EmbeddedRig(tmp_path)
    client = await rig.client()
    agent: dict[str, Any] = {
        "id": "agent_1",
        "tenant": "default",
        "name": "ada",
        "model": "offline:demo",
        "instructions": "",
    }
    agent |= {
        "tools": "[]",
        "agents": "[]",
        "limits": "{}",
        "approvals": "{}",
        "hosts": "[]",
        "fallback_model": None,
        "plan_tokens": None,
        "plan_cost": None,
        "review": "never",
        "repairs": 1,
        "created_at": 0.0,
    }
    await client.store.write([Write("insert_agent", agent), version(1)])
    yield Office(rig, client.store, client)
    await rig.close()


def version(number: int, *, reviewed: bool = True) -> Write:
    """The row of a version of ada's plan."""
    values: dict[str, Any] = {"agent": "agent_1", "number": number, "sha256": str(number), "source": "", "code": b""}
    values |= {
        "entry": "Plan",
        "author": "eve",
        "prompt": None,
        "goal": None,
        "tools": "[]",
        "api": 1,
        "python": "3.11",
    }
    return Write(
        "insert_plan", {**values, "findings": "[]", "reviewed": int(reviewed), "created_at": 0.0, "graph": "null"}
    )


async def test_a_run_starts_at_its_time_and_the_schedule_goes_on(office: Office) -> None:
    await office.plans()
    await office.opens()
    office.at(NINE - 1)
    await asyncio.sleep(0.05)
    assert office.runs() == []
    office.at(NINE)
    await office.until_next(NINE + HOUR)
    [run] = office.runs()
    assert (run["id"], run["version"], run["created_by"]) == (f"run_1_{NINE:.0f}", 1, "eve")
    assert json.loads(run["payload"]) == {"n": 1}
    moved = await office.schedule()
    assert (moved.last_at, moved.last_run, moved.reason) == (NINE, run["id"], None)


async def test_the_plan_sees_the_schedule_and_the_time_in_its_zone(office: Office) -> None:
    await office.plans(zone="Europe/Berlin")
    await office.opens()
    office.at(NINE)
    await office.until_next(NINE + HOUR)
    [run] = office.runs()
    seen = decode(json.loads(run["schedule"]))
    assert (seen["name"], seen["cron"]) == ("hourly", "0 * * * *")
    assert seen["scheduled_at"].isoformat() == "2027-01-15T10:00:00+01:00"


async def test_time_after_time_each_starts_one_run_whoever_works(office: Office) -> None:
    await office.plans()
    for _ in range(3):
        await office.opens()
    for hour in range(1, 9):
        office.at(NINE + (hour - 1) * HOUR)
        await office.until_next(NINE + hour * HOUR)
    assert [row["id"] for row in office.runs()] == [f"run_1_{NINE + n * HOUR:.0f}" for n in range(8)]


async def test_a_worker_that_dies_after_the_start_and_before_its_commit_starts_nothing_twice(office: Office) -> None:
    await office.plans()
    started = asyncio.Event()

    async def hang() -> None:
        started.set()
        await asyncio.Event().wait()

    first = await office.opens(after=hang)
    office.at(NINE)
    await asyncio.wait_for(started.wait(), 60)
    await office.rig.die(first)
    await office.opens()
    office.at(NINE + HOUR)
    await office.until_next(NINE + 2 * HOUR)
    assert [row["id"] for row in office.runs()] == [f"run_1_{NINE + n * HOUR:.0f}" for n in range(2)]


async def test_a_worker_that_dies_before_the_start_leaves_it_to_the_next(office: Office) -> None:
    await office.plans()
    begun = asyncio.Event()

    async def hang() -> None:
        begun.set()
        await asyncio.Event().wait()

    first = await office.opens(before=hang)
    office.at(NINE)
    await asyncio.wait_for(begun.wait(), 60)
    await office.rig.die(first)
    await office.opens()
    await office.until_next(NINE + HOUR)
    assert [row["id"] for row in office.runs()] == [f"run_1_{NINE:.0f}"]


async def test_two_that_fire_at_the_same_moment_start_one_run(office: Office) -> None:
    id = await office.plans()
    office.at(NINE)
    schedulers = [
        Scheduler(office.store, office.client, Registry(office.store), office.rig.clock, enters) for _ in range(2)
    ]
    left = await asyncio.gather(*(scheduler._fired(id) for scheduler in schedulers))
    for writes in left:
        await office.store.write(writes)
    assert len(office.runs()) == 1
    assert (await office.schedule()).reason is None


@pytest.mark.parametrize(
    ("missed", "started", "reason"),
    [("skip", [], "2027-01-15T09:00+00:00 was missed"), ("once", [NINE + 3 * HOUR], None)],
)
async def test_times_at_which_no_worker_was_there(
    office: Office, missed: str, started: list[float], reason: str | None
) -> None:
    await office.plans(missed=missed)
    office.at(NINE + 3 * HOUR + 120)
    await office.opens()
    await office.until_next(NINE + 4 * HOUR)
    assert [row["id"] for row in office.runs()] == [f"run_1_{at:.0f}" for at in started]
    assert (await office.schedule()).reason == reason


async def test_a_moment_comes_once(office: Office) -> None:
    await office.plans(cron=None, at=NINE)
    await office.opens()
    office.at(NINE)
    await office.until_next(None)
    office.at(NINE + 10 * HOUR)
    [run] = office.runs()
    assert decode(json.loads(run["schedule"]))["cron"] is None


async def test_a_paused_schedule_starts_nothing_and_misses_nothing(office: Office) -> None:
    await office.plans(missed="once")
    await office.opens()
    await office.change(Write("pause_schedule", {"id": "schedule_1"}))
    office.at(NINE + 4 * HOUR)
    await asyncio.sleep(0.05)
    assert office.runs() == []
    await office.change(Write("resume_schedule", {"id": "schedule_1", "next_at": NINE + 5 * HOUR, "reason": None}))
    office.at(NINE + 5 * HOUR)
    await office.until_next(NINE + 6 * HOUR)
    assert [row["id"] for row in office.runs()] == [f"run_1_{NINE + 5 * HOUR:.0f}"]


async def test_a_pause_that_comes_between_the_time_and_the_start_holds(office: Office) -> None:
    await office.plans()
    paused = asyncio.Event()

    async def pause() -> None:
        await office.change(Write("pause_schedule", {"id": "schedule_1"}))
        paused.set()

    await office.opens(before=pause)
    office.at(NINE)
    await asyncio.wait_for(paused.wait(), 60)
    office.at(NINE + HOUR)
    await office.rig.soon(lambda: _all_read(office))
    assert office.runs() == []
    assert (await office.schedule()).next_at is None


async def _all_read(office: Office) -> bool:
    return not await office.store.rows("messages", id="schedule_1")


async def test_a_change_of_the_times_counts_at_once(office: Office) -> None:
    await office.plans()
    await office.opens()
    new = {"version": None, "cron": "30 * * * *", "at": None, "zone": "UTC", "missed": "skip", "payload": "{}"}
    await office.change(Write("update_schedule", {"id": "schedule_1", **new, "next_at": NINE - HOUR / 2}))
    office.at(NINE - HOUR / 2)
    await office.until_next(NINE + HOUR / 2)
    assert [row["id"] for row in office.runs()] == [f"run_1_{NINE - HOUR / 2:.0f}"]


async def test_a_deleted_schedule_starts_nothing(office: Office) -> None:
    await office.plans()
    await office.opens()
    await office.client.delete("schedule_1", [Write("delete_schedule", {"id": "schedule_1"})])
    office.at(NINE)
    await office.rig.soon(lambda: _nobody_holds(office))
    assert office.runs() == []


async def test_one_that_is_deleted_while_its_time_comes_starts_nothing(office: Office) -> None:
    await office.plans()
    deleted = asyncio.Event()

    async def delete() -> None:
        await office.client.delete("schedule_1", [Write("delete_schedule", {"id": "schedule_1"})])
        deleted.set()

    await office.opens(before=delete)
    office.at(NINE)
    await asyncio.wait_for(deleted.wait(), 60)
    await office.rig.soon(lambda: _nobody_holds(office))
    assert office.runs() == []


async def _nobody_holds(office: Office) -> bool:
    return not [row for row in await office.store.rows("pressing_work", soon=0.0) if row["id"] == "schedule_1"]


# where no run can start


@pytest.mark.parametrize(
    ("before", "given", "why"),
    [
        (Write("archive_agent", {"id": "agent_1", "now": 1.0}), {}, "agent ada is archived"),
        (Write("archive_agent", {"id": "nobody", "now": 1.0}), {"version": 7}, "no version 7"),
        (version(2, reviewed=False), {"version": 2}, "version 2 of ada is waiting for a review"),
    ],
)
async def test_a_schedule_says_why_it_started_nothing_and_goes_on(
    office: Office, before: Write, given: dict[str, Any], why: str
) -> None:
    await office.store.write([before])
    await office.plans(**given)
    await office.opens()
    office.at(NINE)
    await office.until_next(NINE + HOUR)
    stuck = await office.schedule()
    assert stuck.reason is not None
    assert stuck.reason.startswith("2027-01-15T09:00+00:00: ")
    assert why in stuck.reason
    assert (stuck.last_at, stuck.last_run, office.runs()) == (None, None, [])


async def test_where_too_many_wait_the_time_is_passed_over_with_a_word(office: Office) -> None:
    await office.plans()
    await office.opens(enter=is_full)
    office.at(NINE)
    await office.until_next(NINE + HOUR)
    assert (await office.schedule()).reason == "2027-01-15T09:00+00:00: 7 runs wait for a worker"
    assert office.runs() == []


async def test_once_it_can_start_again_the_reason_is_gone(office: Office) -> None:
    await office.plans(version=2)
    await office.opens()
    office.at(NINE)
    await office.until_next(NINE + HOUR)
    await office.store.write([version(2)])
    office.at(NINE + HOUR)
    await office.until_next(NINE + 2 * HOUR)
    assert [row["version"] for row in office.runs()] == [2]
    assert (await office.schedule()).reason is None


async def test_a_run_id_that_somebody_took_is_said_and_passed_over(office: Office) -> None:
    await office.plans()
    taken: dict[str, Any] = {
        "id": f"run_1_{NINE:.0f}",
        "tenant": "default",
        "agent": "agent_1",
        "version": 1,
        "payload": "{}",
    }
    await office.store.write(
        [
            Write(
                "insert_run",
                {**taken, "goal": None, "schedule": None, **ALONE.values(), "created_by": "eve", "now": 1.0},
            )
        ]
    )
    await office.opens()
    office.at(NINE)
    await office.until_next(NINE + HOUR)
    assert "there is a run" in str((await office.schedule()).reason)


async def test_a_clock_that_is_put_back_starts_no_time_twice(office: Office) -> None:
    await office.plans()
    await office.opens()
    office.at(NINE)
    await office.until_next(NINE + HOUR)
    office.at(NINE - HOUR / 2)
    office.at(NINE + 10)
    office.at(NINE + HOUR)
    await office.until_next(NINE + 2 * HOUR)
    assert [row["id"] for row in office.runs()] == [f"run_1_{NINE + n * HOUR:.0f}" for n in range(2)]
