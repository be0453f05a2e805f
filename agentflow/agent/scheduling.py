"""Schedules: the handler that starts a run when its time has come, and the writes that move a schedule on.

A run and the schedule's next time are one commit, with a compare-and-set on the time that was next: so no crash, no
second worker and no change by a person lets a time start two runs, or none.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from ..engine import Engine, Start, Step
from ..engine.clock import Clock
from ..errors import Conflict, NotFound, Refused, UsageError
from ..guest.values import encode
from ..records import Agent, Json, PlanVersion, Schedule
from ..registry import Registry
from ..store import Store, Write
from . import rows
from .starting import run_start, startable
from .timing import Timing, due

log = logging.getLogger("agentflow.schedules")

_NEXT = "next"
"""The key of a schedule's one timer."""


@dataclass(frozen=True, slots=True)
class Scheduler:
    """The handler of schedules."""

    store: Store
    engine: Engine
    registry: Registry
    clock: Clock
    enter: Callable[[int], Awaitable[None]]
    """Lets so many runs in, or raises `Conflict` where too many wait for a worker."""

    async def __call__(self, id: str, step: Step) -> None:
        while (schedule := await self._read(id)) is not None:
            if schedule.next_at is None:
                step.drop(_NEXT)
            else:
                step.timer(_NEXT, schedule.next_at)
            item = await step.next()
            await step.commit(await self._fired(id) if item.kind == "timer" else [])
        await step.finish([])

    async def _read(self, id: str) -> Schedule | None:
        row = await self.store.row("schedule_by_id", id=id)
        return rows.schedule(row) if row else None

    async def _fired(self, id: str) -> list[Write]:
        """Start the run that is due, if one is; what is left to be stored."""
        schedule, now = await self._read(id), self.clock.now()
        if schedule is None or schedule.next_at is None or schedule.next_at > now:
            return []  # a person was faster
        what = due(timing_of(schedule), schedule.missed, schedule.next_at, now)
        if what.start is None:
            return [advanced(schedule, what.next_at, reason=f"{_said(schedule, schedule.next_at)} was missed")]
        try:
            await self._start(schedule, what.start, what.next_at)
        except _Moved:
            return []
        except (Refused, NotFound, UsageError) as why:
            log.warning("schedule %s started no run: %s", schedule.name, why)
            return [advanced(schedule, what.next_at, reason=f"{_said(schedule, what.start)}: {why}")]
        return []

    async def _start(self, schedule: Schedule, at: float, next_at: float | None) -> None:
        [owner] = await self.store.rows("agent", id=schedule.agent)
        agent = rows.agent(owner)
        plan = await startable(self.registry, agent, schedule.version)
        await self.enter(1)
        moved = advanced(schedule, next_at, started_at=at)
        run, now = run_id(schedule, at), self.clock.now()
        await self.engine.start([scheduled_run(agent, plan, schedule, id=run, at=at, now=now, write=moved)])


def scheduled_run(
    agent: Agent, plan: PlanVersion, schedule: Schedule, *, id: str, at: float, now: float, write: Write
) -> Start:
    """How the engine starts a schedule's run for a time, together with one write."""
    seen, by = seen_by_plan(schedule, at), schedule.created_by
    return run_start(agent, plan, id=id, payload=schedule.payload, by=by, now=now, schedule=seen, writes=[write])


def timing_of(schedule: Schedule) -> Timing:
    """When a schedule is due."""
    return Timing(schedule.cron, schedule.at, ZoneInfo(schedule.zone))


def run_id(schedule: Schedule, at: float) -> str:
    """The id of the run for a time: the same, whoever starts it."""
    return f"run_{schedule.id.removeprefix('schedule_')}_{at:.0f}"


def seen_by_plan(schedule: Schedule, at: float) -> Json:
    """What the plan sees as `event.schedule`, encoded: `scheduled_at` is an aware datetime in the schedule's zone."""
    local = datetime.fromtimestamp(at, ZoneInfo(schedule.zone))
    return encode({"name": schedule.name, "cron": schedule.cron, "scheduled_at": local})


def advanced(
    schedule: Schedule, next_at: float | None, *, started_at: float | None = None, reason: str | None = None
) -> Write:
    """The compare-and-set that takes a schedule to its next time. Where a run starts with it, it refuses that run if
    the schedule has been moved already."""
    run = None if started_at is None else run_id(schedule, started_at)
    values = {"id": schedule.id, "was": schedule.next_at, "next_at": next_at, "at": started_at, "run": run}
    moved = None if started_at is None else _Moved(f"schedule {schedule.name} was changed meanwhile")
    return Write("advance_schedule", {**values, "reason": reason}, moved)


class _Moved(Conflict):
    """Somebody else has started this time's run, or a person has changed the schedule."""


def _said(schedule: Schedule, at: float) -> str:
    return datetime.fromtimestamp(at, ZoneInfo(schedule.zone)).isoformat(timespec="minutes")
