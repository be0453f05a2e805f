"""Engines for the contract suite: each rig makes workers over one shared database with one clock."""

from __future__ import annotations

import asyncio
import inspect
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

from agentflow.engine import Handler, Item
from agentflow.engine.embedded import EmbeddedEngine
from agentflow.engine.hands import Hands, Pace
from agentflow.engine.restate import RestateEngine
from agentflow.settings import EngineSettings
from agentflow.store import Store, Write
from agentflow.store.postgres import PostgresStore
from agentflow.store.sqlite import SqliteStore
from tests.fakes import restate
from tests.fakes.clock import FakeClock
from tests.fakes.waiting import until

S = TypeVar("S", bound=Store)


class Rig(ABC, Generic[S]):
    """Workers and clients of one engine, all over the same database, with one clock."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self._opened: list[Hands[S]] = []

    @abstractmethod
    async def client(self, **pace: float) -> Hands[S]:
        """An engine that does no work."""

    @abstractmethod
    async def die(self, engine: Hands[S]) -> None:
        """End a worker as SIGKILL would."""

    @abstractmethod
    async def overtake(self, one: Hands[S], id: str, another: Hands[S]) -> None:
        """Another worker takes an id over that this one still works on: for dead, though it lives."""

    async def worker(self, handlers: Mapping[str, Handler], tools: Sequence[str] = (), **pace: float) -> Hands[S]:
        """An engine that works until it dies or the rig is closed."""
        engine = await self.client(**pace)
        await engine.work(handlers, tools, lambda needs: set(needs) <= set(tools))
        return engine

    async def _vanish(self, engine: Hands[S], *more: asyncio.Task[None]) -> None:
        tasks = [*more, *engine._tasks.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        engine._loop = None
        await engine.store.close()
        self._opened.remove(engine)

    async def close(self) -> None:
        while self._opened:
            engine = self._opened.pop()
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


class EmbeddedRig(Rig[SqliteStore]):
    """Embedded engines on one SQLite file."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.path = folder / "engine.db"

    async def client(self, **pace: float) -> EmbeddedEngine:
        engine = EmbeddedEngine(await SqliteStore.opened(self.path), self.clock, _pace(pace))
        self._opened.append(engine)
        return engine

    async def die(self, engine: Hands[SqliteStore]) -> None:
        """Its lock is freed, its rows stay."""
        assert isinstance(engine, EmbeddedEngine)
        assert engine._loop
        assert engine._presence
        await self._vanish(engine, engine._loop)
        engine._presence.leave()

    async def overtake(self, one: Hands[SqliteStore], id: str, another: Hands[SqliteStore]) -> None:
        await one.store.write([Write("take_over", {"worker": one.worker, "now": self.clock.now()})])
        another.ring()


def _pace(given: Mapping[str, float]) -> Pace:
    lane = given.get("per_lane")
    return Pace(int(given.get("concurrent", 50)), given.get("linger", 0.0), None if lane is None else int(lane))


def note(id: str) -> Write:
    """A row of the caller's own, to see whether writes are stored together."""
    return Write("insert_tenant", {"name": id, "sandbox": 0, "by": "somebody", "now": 0.0})


async def notes(engine: Hands[Any]) -> list[str]:
    """Those that are stored."""
    return [row["name"] for row in await engine.store.rows("tenants") if row["created_by"] == "somebody"]


def refused(error: Exception) -> Write:
    return Write("held", {"id": "nobody", "worker": "nobody", "epoch": 0}, error)


class RestateRig(Rig[PostgresStore]):
    """Engines on a server of Restate, with one database of a PostgreSQL server."""

    def __init__(self, reach: EngineSettings, database: str) -> None:
        super().__init__()
        self._database = database
        self._calls: list[asyncio.Task[Any]] = []
        self._reach = reach
        self.service = reach.service

    def beside(self, database: str) -> RestateRig:
        """Another one, by mistake at the same address and of the same name."""
        return RestateRig(self._reach, database)

    async def client(self, **pace: float) -> RestateEngine:
        """`overdue`: after how many seconds of real time it takes a bell for lost; one that is only late is followed by
        another, which may be one too many where a test makes a call of its own."""
        late = pace.get("overdue", 0.2)
        engine = RestateEngine(await self._store(), self.clock, _pace(pace), self._reach, overdue=late)
        self._opened.append(engine)
        return engine

    async def worker(
        self, handlers: Mapping[str, Handler], tools: Sequence[str] = (), **pace: float
    ) -> Hands[PostgresStore]:
        """The same, and Restate knows it: no bell is rung in vain while a machine with much to do begins."""
        engine = await super().worker(handlers, tools, **pace)
        assert isinstance(engine, RestateEngine)
        await asyncio.wait([engine._registering])
        return engine

    async def die(self, engine: Hands[PostgresStore]) -> None:
        """End a worker as SIGKILL would: its tasks vanish, its connections break, its rows stay."""
        assert isinstance(engine, RestateEngine)
        assert engine._loop
        await self._vanish(engine, engine._loop, engine._registering)
        await engine._endpoint.close()
        await engine._restate.close()

    async def overtake(self, one: Hands[PostgresStore], id: str, another: Hands[PostgresStore]) -> None:
        """As when it had fallen silent, and a call is made again."""
        assert isinstance(another, RestateEngine)
        self._calls.append(asyncio.create_task(another._seize(id, None)))

    async def close(self) -> None:
        await super().close()
        await asyncio.gather(*self._calls, return_exceptions=True)

    async def deaf(self) -> RestateEngine:
        """One that does not reach Restate."""
        [port] = restate.free_ports(1)
        reach = self._reach.model_copy(update={"restate_url": f"http://127.0.0.1:{port}"})
        engine = RestateEngine(await self._store(), self.clock, _pace({}), reach)
        self._opened.append(engine)
        return engine

    async def _store(self) -> PostgresStore:
        store = await Store.open(self._database)
        assert isinstance(store, PostgresStore)
        return store

    @property
    def listen(self) -> str:
        """Where its workers listen."""
        return self._reach.listen
