"""The engines under test. Another engine joins by a class like `Embedded`, and its name in `ENGINES`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from agentflow import AgentFlow
from agentflow.records import Principal
from agentflow.settings import Settings
from agentflow.testing import StillClock, TestFlow
from agentflow.tools import Tool

from ..fakes.waiting import until

ROOT = Path(__file__).parents[2]


class Engine(Protocol):
    """An engine whose state lives in a folder, and outlives those who open it."""

    def __init__(self, folder: Path) -> None: ...

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


class Embedded:
    """SQLite in a file."""

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
        return Worker([sys.executable, "-m", "tests.conformance.child", str(self.folder)], self.folder)


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


ENGINES: dict[str, type[Engine]] = {"embedded": Embedded}
