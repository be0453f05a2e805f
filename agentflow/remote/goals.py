"""Goals of a service."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace

from ..app import names
from ..app.goals import GoalHandle as Here
from ..app.goals import Goals as AllHere
from ..app.goals import led, planned
from ..app.pages import Moment as When
from ..app.pages import Page
from ..app.watching import watched
from ..records import Attempt, Goal, GoalStatus, PlanVersion, Run
from .runs import RunHandle, Runs
from .wire import Afar, Wire, at, record


class GoalHandle(Afar, Here):
    """One goal and what can be done with it."""

    def __init__(self, wire: Wire, record: Goal) -> None:
        self._wire = wire
        self.record = record

    async def refresh(self) -> Goal:
        self.record = await self._wire.get(Goal, at("goals", self.id))
        return self.record

    @watched
    async def watch(self) -> AsyncIterator[Goal]:
        last, attempts = None, dict[int, Attempt]()
        async with aclosing(self._wire.stream(at("goals", self.id, "stream"))) as stream:
            async for told in stream:
                if told.event == "attempt":
                    attempt = record(Attempt, told.data)
                    attempts[attempt.number] = attempt
                elif told.event == "goal":
                    self.record = replace(record(Goal, told.data), attempts=tuple(attempts.values()))
                    if self.record != last:  # a stream that was taken up again says it once more
                        last = self.record
                        yield last
                    if last.status != "planning":
                        return

    async def plan(self) -> PlanVersion:
        async for _ in self.watch():
            continue
        planned(self.record)
        return await self._wire.get(PlanVersion, at("goals", self.id, "plan"))

    async def run(self) -> RunHandle:
        async for _ in self.watch():
            continue
        return await Runs(self._wire).get(led(self.record))

    async def approve(self) -> RunHandle:
        run = await self._wire.post(Run, at("goals", self.id, "approve"))
        await self.refresh()
        return RunHandle(self._wire, run)

    async def reject(self, comment: str | None = None) -> Goal:
        return await self._act("reject", comment=comment)

    async def ask_changes(self, comment: str) -> Goal:
        return await self._act("changes", comment=comment)

    async def edit(self, source: str) -> Goal:
        return await self._act("plan", source=names.source(source))

    async def cancel(self) -> Goal:
        return await self._act("cancel")

    async def _act(self, verb: str, **body: str | None) -> Goal:
        self.record = await self._wire.post(Goal, at("goals", self.id, verb), **body)
        return self.record


class Goals(AllHere):
    """The goals of one tenant."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def get(self, id: str) -> GoalHandle:
        return GoalHandle(self._wire, await self._wire.get(Goal, at("goals", id)))

    async def list(
        self,
        *,
        agent: str | None = None,
        status: GoalStatus | None = None,
        since: When | None = None,
        until: When | None = None,
        text: str | None = None,
        most: int = 100,
        cursor: str | None = None,
    ) -> Page[Goal]:
        window = {"agent": agent, "status": status, "since": since, "until": until, "text": text}
        return await self._wire.page(Goal, at("goals"), limit=most, cursor=cursor, **window)
