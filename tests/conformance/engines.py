"""The engines under test. Another engine joins by a class like `Embedded`, and its name in `ENGINES`."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol

import psycopg
import pytest

from agentflow import AgentFlow
from agentflow.engine.restate import RestateEngine
from agentflow.records import Principal
from agentflow.settings import EngineSettings, Settings
from agentflow.testing import StillClock, TestFlow
from agentflow.tools import Tool

from ..fakes import postgres, restate
from ..fakes.waiting import until

ROOT = Path(__file__).parents[2]


class Engine(Protocol):
    """An engine whose state outlives those who open it."""

    in_order: bool
    """Whether what is overdue is begun in the order in which it fell due."""
    connections: int
    """How many a worker has to others, however many runs there are."""

    def open(
        self,
        tools: Sequence[Tool],
        clock: StillClock,
        *,
        worker: bool = True,
        principal: Principal | None = None,
        **more: Any,
    ) -> TestFlow:
        """A house in this process, with a clock that stands still. `more` are settings."""
        ...

    def client(self) -> AgentFlow:
        """Somebody who registers, starts and asks in real time, and works on nothing."""
        ...

    def worker(self) -> Worker:
        """A process of its own that works on what is due, in real time, until it is killed."""
        ...

    def change(self, statement: str) -> None:
        """Do something to the database behind everybody's back."""
        ...


class Embedded:
    """SQLite in a file."""

    in_order, connections = True, 0

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def open(
        self,
        tools: Sequence[Tool],
        clock: StillClock,
        *,
        worker: bool = True,
        principal: Principal | None = None,
        **more: Any,
    ) -> TestFlow:
        path, settings = self.folder / "db", Settings(folder=self.folder, **more)
        return TestFlow(path, tools=tools, clock=clock, worker=worker, principal=principal, settings=settings)

    def client(self) -> AgentFlow:
        from .child import bench

        return AgentFlow(self.folder / "db", tools=bench(self.folder), worker=False)

    def worker(self) -> Worker:
        given = [str(self.folder), str(self.folder / "db"), "{}"]
        return Worker([sys.executable, "-m", "tests.conformance.child", *given], self.folder)

    def change(self, statement: str) -> None:
        with closing(sqlite3.connect(self.folder / "db", isolation_level=None)) as database:
            database.execute(statement)


class OnRestate(TestFlow):
    """A house of tests on the other engine: by itself, one is made for a file."""

    def __init__(self, db: str, engine: EngineSettings, **more: Any) -> None:
        super().__init__(db, **more)
        self._settings = self._settings.model_copy(update={"engine": engine})

    async def _move(self, at: float) -> None:
        """Restate's timers go by its own time: what they would do is done here."""
        self.clock.advance(max(0.0, at - self.clock.now()))
        house = self._open()
        assert isinstance(house.engine, RestateEngine)
        due = await house.store.rows("due", now=self.clock.now(), most=1_000, after=-1.0, after_id="")
        await house.engine._restate.ring(row["id"] for row in due)
        await self._rest()


class Restate:
    """Restate, and a database on a PostgreSQL server."""

    in_order, connections = False, 64

    def __init__(self, folder: Path, server: restate.Server, db: str) -> None:
        self.folder, self._db = folder, db
        self._engine = server.engine()

    def open(
        self,
        tools: Sequence[Tool],
        clock: StillClock,
        *,
        worker: bool = True,
        principal: Principal | None = None,
        **more: Any,
    ) -> TestFlow:
        settings = Settings(folder=self.folder, **more)
        return OnRestate(
            self._db, self._engine, tools=tools, clock=clock, worker=worker, principal=principal, settings=settings
        )

    def client(self) -> AgentFlow:
        from .child import bench

        return AgentFlow(self._db, tools=bench(self.folder), worker=False, settings=Settings(engine=self._engine))

    def worker(self) -> Worker:
        given = [str(self.folder), self._db, self._engine.model_dump_json()]
        return Worker([sys.executable, "-m", "tests.conformance.child", *given], self.folder)

    def change(self, statement: str) -> None:
        with psycopg.connect(self._db, autocommit=True) as database:
            database.execute(statement.encode())


class Worker:
    """A worker's process, and the lines that its tools leave in a file: the witness outside of the engine."""

    def __init__(self, words: Sequence[str], folder: Path) -> None:
        self._child = subprocess.Popen(words, cwd=ROOT)
        self._folder = folder

    def kill(self) -> None:
        """SIGKILL, and nothing of it is left."""
        os.kill(self._child.pid, signal.SIGKILL)
        self._child.wait()

    async def until(self, condition: Callable[[list[Line]], bool]) -> None:
        """Wait until what the tools have left fulfils this."""
        await until(lambda: condition(lines(self._folder)))


class Line(dict[str, Any]):
    """One call of a tool: `step`, `attempt`, `value`, `at`, `pid`."""


def lines(folder: Path) -> list[Line]:
    """All calls of tools so far, in order."""
    path = folder / "calls"
    return [Line(json.loads(line)) for line in path.read_text().splitlines()] if path.exists() else []


def embedded(request: pytest.FixtureRequest, folder: Path) -> Engine:
    return Embedded(folder)


def on_restate(request: pytest.FixtureRequest, folder: Path) -> Engine:
    server: restate.Server = request.getfixturevalue("restate_server")
    database: postgres.Server = request.getfixturevalue("database_server")
    return Restate(folder, server, database.database())


MADE: dict[str, Callable[[pytest.FixtureRequest, Path], Engine]] = {"embedded": embedded, "restate": on_restate}
ENGINES = ["embedded", pytest.param("restate", marks=pytest.mark.xdist_group("restate"))]
