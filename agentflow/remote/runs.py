"""Runs of a service."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import aclosing
from datetime import timedelta
from typing import Any

from ..app.pages import Moment as When
from ..app.pages import Page
from ..app.recordings import RecordedRun as RecordedHere
from ..app.recordings import Recording, loaded
from ..app.replays import stood
from ..app.runs import RunHandle as Here
from ..app.runs import Runs as AllHere
from ..app.runs import given, total
from ..app.watching import watched
from ..dispatch.reading import Read
from ..records import FINISHED, Graph, Json, PlanVersion, Run, RunStatus, Spent, StepView
from ..records.moments import Moment, Replay
from ..records.revisions import Migration
from ..records.shown import Several
from .wire import Afar, Wire, at, record, seconds, value


class RunHandle(Afar, Here):
    """One run and what can be done with it."""

    def __init__(self, wire: Wire, record: Run) -> None:
        self._wire = wire
        self.record = record

    async def refresh(self) -> Run:
        self.record = await self._wire.get(Run, at("runs", self.id))
        return self.record

    @watched
    async def watch(self, *, follow: bool = False) -> AsyncIterator[Run]:
        async with aclosing(self._wire.stream(at("runs", self.id, "stream"), follow=follow, history=False)) as stream:
            async for told in stream:
                if told.event == "run":
                    self.record = record(Run, told.data)
                    yield self.record

    async def result(self) -> Any:
        if self.record.status not in FINISHED:
            async for _ in self.watch(follow=True):
                continue
        return given(self.record)

    async def steps(self) -> tuple[StepView, ...]:
        return Several(await self._wire.page(StepView, at("runs", self.id, "steps")))

    async def wants(self) -> Sequence[str]:
        return await self._wire.page(str, at("runs", self.id, "wants"))

    def spent(self, steps: Iterable[StepView]) -> Spent:
        return total(self.record, steps)

    async def history(self, *, after: int = -1) -> Sequence[dict[str, Json]]:
        return await self._wire.page(dict[str, Any], at("runs", self.id, "history"), after=after)

    async def children(self) -> Sequence[Run]:
        return await self._wire.page(Run, at("runs", self.id, "children"))

    async def graph(self) -> Graph | None:
        return await self._wire.get(Graph | None, at("runs", self.id, "graph"))  # type: ignore[arg-type]  # a form too

    async def plan(self) -> PlanVersion:
        return await self._wire.get(PlanVersion, at("runs", self.id, "plan"))

    async def replay(self, source: str | None = None, *, to: str | None = None) -> Replay:
        return await self._wire.post(Replay, at("runs", self.id, "replay"), source=source, to=to)

    async def at(self, step: str) -> Moment:
        return stood(self.record, await self.replay(to=step))

    async def export(self) -> dict[str, Json]:
        return await self._wire.get(dict[str, Any], at("runs", self.id, "export"))

    async def migrate(self, to: int, *, dry_run: bool = False) -> Migration:
        found = await self._wire.post(Migration, at("runs", self.id, "migrate"), to=to, dry_run=dry_run)
        await self.refresh()
        return found

    async def pause(self) -> None:
        await self._act("pause")

    async def resume(self) -> None:
        await self._act("resume")

    async def cancel(self, *, rollback: bool = False) -> None:
        await self._act("cancel", rollback=rollback)

    async def rollback(self) -> None:
        await self._act("rollback")

    async def restart(self, from_: str | None = None) -> Run:
        self.record = await self._act("restart", **({"from": from_} if from_ is not None else {}))
        return self.record

    async def revise(self, comment: str | None = None, *, goal: str | None = None, plan_only: bool = False) -> str:
        asked: Json = {"comment": comment, "goal": goal, "plan_only": plan_only}
        return (await self._wire.post(dict[str, str], at("runs", self.id, "revise"), **asked))["id"]

    async def delete(self) -> None:
        await self._wire.delete(at("runs", self.id))

    async def send(self, type: str, payload: Json = None) -> str:
        sent = value(payload, "the event's payload")
        return (await self._wire.post(dict[str, str], at("runs", self.id, "events"), type=type, payload=sent))["id"]

    async def _act(self, verb: str, **body: Json) -> Run:
        return await self._wire.post(Run, at("runs", self.id, verb), **body)


class RecordedRun(RecordedHere):
    """A run of a document, which the service replays."""

    def __init__(self, wire: Wire, document: dict[str, Json], found: Read) -> None:
        Recording.__init__(self, document, found)
        self._wire = wire

    async def replay(self, source: str | None = None, *, to: str | None = None) -> Replay:
        asked: Json = {"document": self.document, "source": source, "to": to}
        return await self._wire.post(Replay, at("runs", "-", "replay"), **asked)

    async def at(self, step: str) -> Moment:
        return stood(self.record, await self.replay(to=step))


class Runs(AllHere):
    """The runs of one tenant."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def get(self, id: str) -> RunHandle:
        return RunHandle(self._wire, await self._wire.get(Run, at("runs", id)))

    async def load(self, document: Json, what: str = "the document") -> RecordedRun:
        return RecordedRun(self._wire, *await loaded(document, what))

    async def list(  # noqa: PLR0913  # what a list is narrowed by, each by name
        self,
        *,
        agent: str | None = None,
        status: RunStatus | None = None,
        schedule: str | None = None,
        version: int | None = None,
        since: When | None = None,
        until: When | None = None,
        text: str | None = None,
        most: int = 100,
        cursor: str | None = None,
    ) -> Page[Run]:
        of = {"agent": agent, "status": status, "schedule": schedule, "version": version, "text": text}
        window = {"since": since, "until": until}
        return await self._wire.page(Run, at("runs"), limit=most, cursor=cursor, **of, **window)

    async def counts(self, *, most: int = 1000) -> dict[str, int]:
        return await self._wire.get(dict[str, int], at("runs", "-", "counts"), most=most)

    async def prune(
        self, older_than: str | float | timedelta, *, status: RunStatus | None = None, dry_run: bool = False
    ) -> int:
        body = {"older_than": seconds(older_than), "status": status, "dry_run": dry_run}
        return (await self._wire.post(dict[str, int], at("runs", "prune"), **body))["runs"]
