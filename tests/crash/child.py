"""A worker as a process of its own, which can be told at which of its commits or effects to die.

`python -m tests.crash.child ORDERS`, where ORDERS is a JSON document with the fields of `Orders`.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sqlite3
import sys
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import agentflow.engine.embedded
import agentflow.store.sqlite
from agentflow import AgentFlow, ToolContext
from agentflow.engine.activity import Activity
from agentflow.engine.clock import SystemClock
from agentflow.errors import StaleClaim
from agentflow.llm.conversation import Answer, Request
from agentflow.llm.offline import Offline
from agentflow.settings import Limits, Settings
from agentflow.store import Write

from .ledger import Ledger
from .shop import shop

original = agentflow.store.sqlite._transaction


@dataclass(frozen=True, slots=True)
class Orders:
    """What a worker is to do: carry a run, a goal or `all` runs to their end, or die `before` or `after` a commit or an
    `effect`. `patience`: seconds to wait for a database that is locked; `leap`: by how many its clock jumps about."""

    folder: str
    id: str
    die: str | None = None
    at: int = 0
    look: float = 0.5
    patience: float = 30.0
    leap: float = 0.0


class Transactions:
    """Stands in for the store's own: counts, notes what each is about, and dies, or fails twice, when it is time."""

    def __init__(self, trace: Path, orders: Orders) -> None:
        self._trace = trace
        self._die = orders.die
        self._at = orders.at
        self._count = 0

    def __call__(self, connection: sqlite3.Connection, batches: Sequence[Sequence[Write]]) -> Any:
        self._count += 1
        self._write(about(write for batch in batches for write in batch))
        now = self._count == self._at
        if self._die == "full" and self._at <= self._count < self._at + 2:
            raise sqlite3.OperationalError("database or disk is full")
        if now and self._die == "before":
            connection = Doomed(connection)  # type: ignore[assignment]
        outcomes = original(connection, batches)
        if now and self._die == "after":
            die()
        if any(isinstance(outcome, StaleClaim) for outcome in outcomes):
            self._write("refused")
        return outcomes

    def _write(self, line: str) -> None:
        with self._trace.open("a", encoding="utf-8") as file:
            file.write(line + "\n")


class Doomed:
    """A connection with which the process does not outlive its COMMIT: all statements before it were executed."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def execute(self, statement: str, *args: Any) -> sqlite3.Cursor:
        if statement == "COMMIT":
            die()
        return self._connection.execute(statement, *args)


class LeapingClock(SystemClock):
    """The machine's own, which somebody sets forward and back three times a second."""

    def __init__(self, leap: float) -> None:
        self._leap = leap

    def now(self) -> float:
        return super().now() + self._leap * (int(time.monotonic() * 3) % 3 - 1)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def about(writes: Any) -> str:
    """What a transaction is about, for the test's output."""
    said = [f"{write.name} {write.params.get('key', '')}".strip() for write in writes if write.name != "held"]
    return ", ".join(said)


def asking(ledger: Ledger) -> Callable[..., Any]:
    """The stored model's `ask`, which writes down that it was asked."""
    ask = Offline.ask

    async def asked(self: Offline, request: Request, on_text: Callable[[str], None]) -> Answer:
        answer = await ask(self, request, on_text)
        number = sum(message.role == "assistant" for message in request.messages) + 1
        ledger.note("model", ToolContext(step=f"answer {number}"), number)
        return answer

    return asked


def leaving(folder: Path) -> Callable[[Activity], Coroutine[Any, Any, None]]:
    """An activity's `_drain`, which lets those outside know that it has begun."""
    drain = Activity._drain

    async def drained(self: Activity) -> None:
        (folder / "leaving").touch()
        await drain(self)

    return drained


async def work(orders: Orders) -> None:
    folder = Path(orders.folder)
    ledger = Ledger(folder / "ledger", orders.at if orders.die == "effect" else None)
    agentflow.store.sqlite._transaction = Transactions(folder / "trace", orders)
    agentflow.engine.embedded.LOOK = orders.look
    agentflow.store.sqlite.PATIENCE = orders.patience
    Offline.ask = asking(ledger)  # type: ignore[method-assign]
    Activity._drain = leaving(folder)  # type: ignore[assignment, method-assign]
    settings = Settings(limits=Limits(linger_seconds=0.02))
    tools, clock = shop(ledger, folder / "gate"), LeapingClock(orders.leap)
    async with AgentFlow(folder / "db", tools=tools, settings=settings, clock=clock) as flow:
        stopped = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
        waiting = [asyncio.create_task(ended(flow, orders.id)), asyncio.create_task(stopped.wait())]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


async def ended(flow: AgentFlow, id: str) -> bool:
    """Wait for the end of a run, or of the run that a goal leads to, or of all there are."""
    if id == "all":
        await flow.until_idle()
        return True
    run = await (await flow.goals.get(id)).run() if id.startswith("goal") else await flow.runs.get(id)
    await run.result()
    return True


if __name__ == "__main__":
    signal.alarm(60)  # nobody waits for longer: a test that was broken off leaves no worker behind
    logging.basicConfig(level=logging.WARNING)
    asyncio.run(work(Orders(**json.loads(sys.argv[1]))))
