"""Schedules: made, listed, paused, asked when they are next, deleted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from ..agent import rows, startable
from ..agent.scheduling import scheduled_run, timing_of
from ..agent.timing import timing
from ..dispatch import Bounds
from ..engine import Item, Start
from ..errors import Conflict, NotFound, UsageError
from ..records import Agent, Json, Missed, Schedule, new_id
from ..records.shown import Listing
from ..store import Write
from . import names
from .house import House
from .looking import Handle
from .runs import RunHandle, Runs
from .verbs import verb


@dataclass(frozen=True, slots=True)
class Terms:
    """When a schedule starts runs, and which."""

    cron: str | None
    at: datetime | str | float | None
    zone: str
    missed: Missed
    payload: Json
    version: int | None


class ScheduleHandle(Handle):
    """One schedule and what can be done with it. `record` is as it was last read; `refresh` reads it again."""

    def __init__(self, house: House, record: Schedule) -> None:
        self._house = house
        self.record = record

    @property
    def id(self) -> str:
        return self.record.id

    @property
    def name(self) -> str:
        return self.record.name

    @verb("schedules.get")
    async def refresh(self) -> Schedule:
        """Read the schedule again. Raises `NotFound` once it is deleted."""
        row = await self._house.store.row("schedule_by_id", id=self.id)
        if row is None:
            raise self._gone()
        self.record = rows.schedule(row)
        return self.record

    @verb("schedules.get")
    def next(self, count: int = 1) -> tuple[datetime, ...]:
        """The next times, at most so many, in the schedule's zone; none while it is paused."""
        if self.record.paused:
            return ()
        times = timing_of(self.record).upcoming(self._house.clock.now(), count)
        return tuple(datetime.fromtimestamp(time, ZoneInfo(self.record.zone)) for time in times)

    @verb("schedules.pause")
    async def pause(self) -> Schedule:
        """Start no runs until it is resumed. Times meanwhile do not count as missed."""
        return await self._change(Write("pause_schedule", {"id": self.id}, self._gone()), self._noted("pause"))

    @verb("schedules.resume")
    async def resume(self) -> Schedule:
        """Go on with the first time after now."""
        if not (await self.refresh()).paused:
            return self.record
        next_at = timing_of(self.record).next(self._house.clock.now())
        reason = None if next_at is not None else "its time passed while it was paused"
        raced = Conflict(f"schedule {self.name} has just been resumed or deleted by somebody else")
        resumed = Write("resume_schedule", {"id": self.id, "next_at": next_at, "reason": reason}, raced)
        return await self._change(resumed, self._noted("resume"))

    @verb("schedules.delete")
    async def delete(self) -> None:
        """Forget it. Runs that it has started stay."""
        gone = Write("delete_schedule", {"id": self.id}, self._gone())
        await self._house.engine.delete(self.id, [gone, self._noted("delete")])

    @verb("schedules.run")
    async def run_now(self) -> RunHandle:
        """Start a run as if its time were now; the times to come stay as they are."""
        house, schedule = self._house, await self.refresh()
        run, now = new_id("run"), house.clock.now()
        agent = await house.agent_of(schedule.agent)
        plan = await startable(house.registry, agent, schedule.version)
        await house.queue.enter(1)
        ran = Write("ran_schedule", {"id": self.id, "at": now, "run": run}, self._gone())
        await house.engine.start([scheduled_run(agent, plan, schedule, id=run, at=now, now=now, write=ran)])
        await self.refresh()
        return await Runs(house).get(run)

    async def _change(self, *writes: Write) -> Schedule:
        await self._house.engine.post(self.id, _changed(self._house), writes)
        return await self.refresh()

    def _noted(self, verb: str) -> Write:
        return self._house.noted(f"schedules.{verb}", self.id, name=self.name)

    def _gone(self) -> NotFound:
        return NotFound(f"schedule {self.name} was deleted: `agentflow schedule list` names those that exist")


class Schedules:
    """The schedules of one tenant."""

    def __init__(self, house: House) -> None:
        self._house = house

    @verb("schedules.get")
    async def get(self, agent: str, name: str) -> ScheduleHandle:
        """The schedule of this name of an agent. Raises `NotFound`."""
        found = await self._find(await self._house.agent(agent), name)
        if found is None:
            raise NotFound(f"{agent} has no schedule {name!r}: `agentflow schedule list` names those that exist")
        return ScheduleHandle(self._house, found)

    @verb("schedules.list")
    async def list(self, *, agent: str | None = None) -> Sequence[Schedule]:
        """All schedules, by agent and name; of one agent."""
        house = self._house
        of = (await house.agent(agent)).id if agent else None
        found = await house.store.rows("schedules", tenant=house.principal.tenant, agent=of)
        return Listing(map(rows.schedule, found))

    @verb("schedules.create")
    async def create(self, agent: Agent, name: str, terms: Terms, *, update: bool = False) -> ScheduleHandle:
        """Make a schedule of an agent, or with `update` change the one of that name, paused or not."""
        house = self._house
        names.schedule_name(name)
        values = self._values(terms, house.most(agent))
        await startable(house.registry, agent, terms.version)
        known = await self._find(agent, name)
        if known is not None and update:
            gone = NotFound(f"schedule {name} of {agent.name} was deleted meanwhile: create it again")
            change = Write("update_schedule", {"id": known.id, **values}, gone)
            noted = house.noted("schedules.create", known.id, update=True, **_told(agent, name, values))
            await house.engine.post(known.id, _changed(house), [change, noted])
        else:
            await house.engine.start([_start(house, agent, name, values)])
        return await self.get(agent.name, name)

    def _values(self, terms: Terms, most: Bounds) -> dict[str, Json]:
        """The terms as they are stored. Raises `UsageError` for what cannot be."""
        names.one_of("missed", terms.missed, Missed)
        when = timing(cron=terms.cron, at=terms.at, zone=terms.zone)
        next_at = when.next(self._house.clock.now())
        if next_at is None:
            raise UsageError(f"{terms.at} has passed already in {terms.zone}: name a moment to come")
        payload = json.dumps(self._house.payload(terms.payload, most), ensure_ascii=False)
        timed = {"cron": when.cron, "at": when.at, "zone": when.zone.key, "next_at": next_at}
        return {**timed, "missed": terms.missed, "payload": payload, "version": terms.version}

    async def _find(self, agent: Agent, name: str) -> Schedule | None:
        row = await self._house.store.row("schedule", agent=agent.id, name=name)
        return rows.schedule(row) if row else None


def _start(house: House, agent: Agent, name: str, values: dict[str, Json]) -> Start:
    id = new_id("schedule")
    whose = {"id": id, "tenant": agent.tenant, "agent": agent.id, "name": name}
    made = {"created_by": house.principal.name, "now": house.clock.now()}
    taken = Conflict(f"{agent.name} has a schedule {name} already: choose another name, or change it with --update")
    noted = house.noted("schedules.create", id, **_told(agent, name, values))
    return Start(id, "schedule", [], [Write("insert_schedule", {**whose, **values, **made}, taken), noted])


def _told(agent: Agent, name: str, values: dict[str, Json]) -> dict[str, Json]:
    """What the audit log tells of a schedule: all but the payload, which may be large."""
    when = {key: values[key] for key in ("version", "cron", "at", "zone", "missed")}
    return {"agent": agent.name, "name": name, **when}


def _changed(house: House) -> Item:
    return Item("changed", "", None, house.clock.now())
