"""Engines for the contract suite: each rig makes workers over one shared database with one clock."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from agentflow.engine import Handler, Item
from agentflow.engine.embedded import EmbeddedEngine, Pace
from agentflow.store import Write
from agentflow.store.sqlite import SqliteStore
from tests.fakes.clock import FakeClock
from tests.fakes.waiting import until


class EmbeddedRig:
    """Embedded engines on one SQLite file."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "engine.db"
        self.clock = FakeClock()
        self._opened: list[EmbeddedEngine] = []

    async def worker(self, handlers: Mapping[str, Handler], tools: Sequence[str] = (), **pace: float) -> EmbeddedEngine:
        engine = await self.client(**pace)
        await engine.work(handlers, tools, lambda needs: set(needs) <= set(tools))
        return engine

    async def client(self, **pace: float) -> EmbeddedEngine:
        store = await SqliteStore.opened(self.path)
        lane = pace.get("per_lane")
        limits = Pace(int(pace.get("concurrent", 50)), pace.get("linger", 0.0), None if lane is None else int(lane))
        engine = EmbeddedEngine(store, self.clock, limits)
        self._opened.append(engine)
        return engine

    async def die(self, engine: EmbeddedEngine) -> None:
        """End a worker as SIGKILL would: its tasks vanish, its lock is freed, its rows stay."""
        assert engine._loop
        assert engine._presence
        for task in [engine._loop, *engine._tasks.values()]:
            task.cancel()
        await asyncio.gather(engine._loop, *engine._tasks.values(), return_exceptions=True)
        engine._presence.leave()
        engine._loop = None
        await engine.store.close()
        self._opened.remove(engine)

    async def close(self) -> None:
        for engine in self._opened:
            await engine.close()
            await engine.store.close()

    def tick(self, seconds: float = 1.0) -> None:
        self.clock.advance(seconds)

    async def soon(self, condition: Callable[[], object | Awaitable[object]]) -> None:
        """Let time pass, a second at a time, until the condition holds: workers look around in between."""

        async def holds() -> bool:
            self.tick()
            found = condition()
            return bool(await found if inspect.isawaitable(found) else found)

        await until(holds)

    def message(self, kind: str, body: object = None) -> Item:
        return Item(kind, "", body, self.clock.now())


def note(id: str) -> Write:
    """A row of the caller's own, to see whether writes are stored together."""
    return Write("insert_worker", {"id": id, "pid": 0, "tools": "[]", "started_at": 0.0})


def refused(error: Exception) -> Write:
    return Write("held", {"id": "nobody", "worker": "nobody", "epoch": 0}, error)
