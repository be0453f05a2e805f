"""A worker as a process of its own, which can be told at which of its commits or effects to die.

`python -m tests.crash.child SOCKET` forks one for each order that comes: a JSON document with the fields of `Orders`.
With it come where to say how the worker ended, and its standard error.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import socket
import sqlite3
import sys
import time
import traceback
from collections.abc import Callable, Coroutine, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import agentflow.engine.embedded
import agentflow.engine.endpoint
import agentflow.store.sqlite
from agentflow import AgentFlow, ToolContext
from agentflow.engine.activity import Activity
from agentflow.engine.clock import SystemClock
from agentflow.errors import StaleClaim
from agentflow.llm.conversation import Answer, Request
from agentflow.llm.offline import Offline
from agentflow.sandbox.launch import GUEST, VALIDATOR
from agentflow.settings import EngineSettings, Limits, Settings
from agentflow.store import Outcomes, Write
from agentflow.store.writer import Writer

from ..fakes.nursery import bear
from ..fakes.warm import warm
from .ledger import Ledger
from .orders import Orders
from .shop import shop

original = agentflow.store.sqlite._transaction


class Transactions:
    """Stands in for the store's own: counts, notes what each is about, and dies, or fails twice, when it is time."""

    def __init__(self, trace: Path, orders: Orders) -> None:
        self._trace = trace
        self.die = orders.die
        self._at = orders.at
        self._count = 0

    def __call__(self, connection: sqlite3.Connection, batches: Sequence[Sequence[Write]]) -> Any:
        now = self.begins(batches)
        if self.die == "full" and self._at <= self._count < self._at + 2:
            raise sqlite3.OperationalError("database or disk is full")
        if now and self.die == "before":
            connection = Doomed(connection)  # type: ignore[assignment]
        outcomes = original(connection, batches)
        self.ends(outcomes, now=now)
        return outcomes

    def begins(self, batches: Sequence[Sequence[Write]]) -> bool:
        """Count one; whether it is the one that matters."""
        self._count += 1
        self._write(about(write for batch in batches for write in batch))
        return self._count == self._at

    def ends(self, outcomes: Sequence[Any], *, now: bool) -> None:
        """It is committed."""
        if now and self.die == "after":
            die()
        if any(isinstance(outcome, StaleClaim) for outcome in outcomes):
            self._write("refused")

    def _write(self, line: str) -> None:
        with self._trace.open("a", encoding="utf-8") as file:
            file.write(line + "\n")


def on_a_server(transactions: Transactions) -> Callable[..., Coroutine[Any, Any, Outcomes]]:
    """The same, where the database is a server."""
    stored = Writer._stored

    async def counted(
        self: Writer, batches: Sequence[Sequence[Write]], apply: Callable[..., Any], **more: Any
    ) -> Outcomes:
        now = transactions.begins(batches)

        async def applied(*args: Any) -> Outcomes:
            outcomes: Outcomes = await apply(*args)
            if now and transactions.die == "before":
                die()
            return outcomes

        outcomes = await stored(self, batches, applied, **more)
        transactions.ends(outcomes, now=now)
        return outcomes

    return counted


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


def released(release: str) -> Callable[[str], str]:
    """The versions of packages, of which agentflow has another one."""
    version = metadata.version
    return lambda distribution_name: release if distribution_name == "agentflow" else version(distribution_name)


async def work(orders: Orders) -> None:
    folder = Path(orders.folder)
    ledger = Ledger(folder / "ledger", orders.at if orders.die == "effect" else None)
    agentflow.store.sqlite._transaction = transactions = Transactions(folder / "trace", orders)
    if orders.db is not None:
        Writer._stored = on_a_server(transactions)  # type: ignore[method-assign]
    agentflow.engine.embedded.LOOK = orders.look
    agentflow.store.sqlite.PATIENCE = orders.patience
    Offline.ask = asking(ledger)  # type: ignore[method-assign]
    Activity._drain = leaving(folder)  # type: ignore[assignment, method-assign]
    if orders.release is not None:
        metadata.version = released(orders.release)  # type: ignore[assignment]  # the same, but for a name
    engine = EngineSettings.model_validate(orders.engine or {})
    settings = Settings(limits=Limits(linger_seconds=0.02), engine=engine)
    tools, clock = shop(ledger, folder / "gate"), LeapingClock(orders.leap)
    async with AgentFlow(orders.db or folder / "db", tools=tools, settings=settings, clock=clock) as flow:
        stopped = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
        waiting = [asyncio.create_task(ended(flow, orders.id)), asyncio.create_task(stopped.wait())]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


async def ended(flow: AgentFlow, id: str) -> bool:
    """Wait for the end of a run, or of the run that a goal leads to, or of all there are, or for ever."""
    if id == "ever":
        await asyncio.Event().wait()
    if id == "all":
        await flow.until_idle()
        return True
    run = await (await flow.goals.get(id)).run() if id.startswith("goal") else await flow.runs.get(id)
    await run.result()
    return True


def carried_out(order: bytes, errors: Sequence[int]) -> int:
    """The exit status."""
    orders, [theirs] = Orders(**json.loads(order)), errors
    os.dup2(theirs, sys.stderr.fileno())
    signal.alarm(orders.alarm)
    try:
        asyncio.run(work(orders))
    except BaseException:  # noqa: BLE001  # whatever it is, it is said and ends this process
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    with warm(GUEST, VALIDATOR), socket.socket(fileno=int(sys.argv[1])) as orders:
        bear(orders, carried_out)
