"""Schedules of a service."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from ..agent.scheduling import timing_of
from ..app.schedules import ScheduleHandle as Here
from ..app.schedules import Schedules as AllHere
from ..app.schedules import Terms
from ..records import Agent, Json, Run, Schedule
from .runs import RunHandle
from .wire import Afar, Wire, at, value


class ScheduleHandle(Afar, Here):
    """One schedule and what can be done with it."""

    def __init__(self, wire: Wire, agent: str, record: Schedule) -> None:
        self._wire = wire
        self._agent = agent
        self.record = record

    async def refresh(self) -> Schedule:
        self.record = await self._wire.get(Schedule, self._path())
        return self.record

    def next(self, count: int = 1) -> tuple[datetime, ...]:
        if self.record.paused:
            return ()
        times = timing_of(self.record).upcoming(time.time(), count)
        return tuple(datetime.fromtimestamp(one, ZoneInfo(self.record.zone)) for one in times)

    async def pause(self) -> Schedule:
        self.record = await self._wire.post(Schedule, self._path("pause"))
        return self.record

    async def resume(self) -> Schedule:
        self.record = await self._wire.post(Schedule, self._path("resume"))
        return self.record

    async def delete(self) -> None:
        await self._wire.delete(self._path())

    async def run_now(self) -> RunHandle:
        started = RunHandle(self._wire, await self._wire.post(Run, self._path("run")))
        await self.refresh()
        return started

    def _path(self, *more: str) -> str:
        return at("schedules", self._agent, self.name, *more)


class Schedules(AllHere):
    """The schedules of one tenant."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def get(self, agent: str, name: str) -> ScheduleHandle:
        return ScheduleHandle(self._wire, agent, await self._wire.get(Schedule, at("schedules", agent, name)))

    async def list(self, *, agent: str | None = None) -> Sequence[Schedule]:
        return await self._wire.page(Schedule, at("schedules"), agent=agent)

    async def create(self, agent: Agent, name: str, terms: Terms, *, update: bool = False) -> ScheduleHandle:
        body: dict[str, Json] = {
            "agent": agent.name,
            "name": name,
            "cron": terms.cron,
            "at": terms.at.isoformat() if isinstance(terms.at, datetime) else terms.at,
            "zone": terms.zone,
            "missed": terms.missed,
            "payload": value(terms.payload, "the payload"),
            "version": terms.version,
            "update": update,
        }
        return ScheduleHandle(self._wire, agent.name, await self._wire.post(Schedule, at("schedules"), **body))
