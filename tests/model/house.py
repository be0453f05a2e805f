"""What the model is compared with: a real database, real workers that can die at any commit, and tools that wait."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import agentflow.store.sqlite
from agentflow import AgentFlow, ToolContext, UnknownOutcome
from agentflow.guest.verbs import NonRetryableError
from agentflow.settings import Limits, Settings
from agentflow.store import Store
from agentflow.tools import Tool, tool

from ..fakes.clock import FakeClock
from ..fakes.database import writer
from ..fakes.worker import embedded


@dataclass(slots=True)
class Call:
    """A tool that was called, and has not said anything yet unless `became`."""

    context: ToolContext
    tool: str
    number: int
    at: float
    answer: asyncio.Future[Any]
    became: str | None = None

    @property
    def open(self) -> bool:
        return not self.answer.done()

    def become(self, what: str, value: Any) -> None:
        """Let it return, raise, or say that it does not know."""
        errors = {
            "error": ConnectionError("not now"),
            "final": NonRetryableError("never"),
            "doubt": UnknownOutcome("cut off"),
        }
        self.became = what
        if what == "ok":
            self.answer.set_result(value)
        else:
            self.answer.set_exception(errors[what])


@dataclass(slots=True)
class Trap:
    """Springs at one of its worker's next commits: before it, or after it and before anybody hears of it."""

    commits: int
    when: str
    sprung: bool = False


@dataclass(slots=True)
class Worker:
    """One worker."""

    flow: AgentFlow
    name: str
    trap: Trap | None = None


class House:
    """One database, a clock that stands still, a client, and workers that come and go."""

    def __init__(self, folder: Path, linger: float) -> None:
        self.folder = folder
        self.clock = FakeClock()
        self.calls: list[Call] = []
        self.workers: list[Worker] = []
        self.lost: set[str] = set()
        self._linger = linger
        self._rows: sqlite3.Connection | None = None

    async def open(self, sources: Sequence[str]) -> list[int]:
        """A client, and the registered version of each source."""
        self.client = self._flow(worker=False)
        await self.client.__aenter__()
        self.agent = await self.client.agents.create("crew", model="offline:./answers", tools=["*"], review="never")
        self._rows = sqlite3.connect(self.folder / "agentflow.db")
        return [(await self.agent.register(source)).number for source in sources]

    async def close(self) -> None:
        """Everybody goes, in whatever state."""
        for worker in list(self.workers):
            await self.kill(worker)
        await self.client.__aexit__(None, None, None)
        if self._rows:
            self._rows.close()

    def rows(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        """What stands in the database."""
        assert self._rows is not None
        return self._rows.execute(query, values).fetchall()

    # workers

    async def hire(self) -> None:
        """One more worker."""
        flow = self._flow(worker=True)
        await flow.__aenter__()
        worker = Worker(flow, flow._open().engine.worker)
        self._watch(worker, flow._open().store)
        self.workers.append(worker)

    async def kill(self, worker: Worker) -> None:
        """End a worker as SIGKILL would: its tasks vanish, its lock is freed, its rows stay."""
        self.workers.remove(worker)
        self.lost.add(worker.name)
        house = worker.flow._open()
        engine, store = embedded(house), house.store
        assert engine._loop
        assert engine._presence
        await _end([engine._loop, *engine._tasks.values()])
        if worker.trap and worker.trap.sprung:
            store._waiting, store._flushing = [], None
        engine._presence.leave()
        engine._loop = None
        await worker.flow._close()

    async def dismiss(self, worker: Worker) -> None:
        """Let a worker go as SIGTERM would: its attempts end first. Who is dead already cannot."""
        if worker.trap and worker.trap.sprung:
            await self.kill(worker)
            return
        worker.trap = None
        self.workers.remove(worker)
        await worker.flow.__aexit__(None, None, None)

    def _flow(self, *, worker: bool) -> AgentFlow:
        settings = Settings(folder=self.folder, limits=Limits(linger_seconds=self._linger))
        return AgentFlow(tools=self._tools(), settings=settings, clock=self.clock, worker=worker)

    def _watch(self, worker: Worker, store: Store) -> None:
        """A worker's trap: what is written after it has sprung is neither stored nor refused, as for the dead."""
        flush = store._flush

        def trapped() -> None:
            trap = worker.trap
            if trap:
                trap.commits -= 1
                if trap.commits < 0:
                    if trap.when == "after" and not trap.sprung:
                        writes = [batch.writes for batch in store._waiting]
                        agentflow.store.sqlite._transaction(writer(store), writes)
                    trap.sprung = True
                    return
            flush()

        store._flush = trapped  # type: ignore[method-assign]

    # tools

    def _tools(self) -> list[Tool]:
        @tool(namespace="work", effect="read")
        async def look(context: ToolContext, value: int) -> Any:
            """Looks something up."""
            return await self._called("look", value, context)

        @tool(namespace="work", effect="idempotent")
        async def keep(context: ToolContext, value: int) -> Any:
            """Keeps something."""
            return await self._called("keep", value, context)

        @tool(namespace="work", effect="once")
        async def pay(context: ToolContext, value: int) -> Any:
            """Pays something."""
            return await self._called("pay", value, context)

        return [look, keep, pay]

    async def _called(self, name: str, number: int, context: ToolContext) -> Any:
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.calls.append(Call(context, name, number, self.clock.now(), answer))
        return await answer


async def _end(tasks: Sequence[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def loads(text: str | None) -> Any:
    """A stored document."""
    return None if text is None else json.loads(text)
