"""Latency: from the moment at which an event is sent to the moment at which the next step is done and stored."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from agentflow.engine.embedded import EmbeddedEngine
from agentflow.settings import Settings

from .stage import WAITS, Stage, staged

EACH = 25
"""Events to one run."""


async def latencies(folder: Path, events: int, *, linger: float = 60.0, elsewhere: bool = False) -> list[float]:
    """Milliseconds for each event; with a linger of 0 the run has left the memory before the next one is sent."""
    took: list[float] = []
    async with staged(folder, WAITS, linger=linger) as stage:
        for _ in range(events // EACH):
            [run] = await stage.start(1, {"steps": EACH})
            took += await _of_one_run(stage, run, Sender(folder, run) if elsewhere else None)
        stage.ledger.check(events)
    return took


async def _of_one_run(stage: Stage, run: str, sender: Sender | None) -> list[float]:
    with closing(sqlite3.connect(stage.house.store.place, isolation_level=None)) as reader:
        took = [await _one(stage, run, reader, sender, number) for number in range(EACH)]
    if sender:
        sender.close()
    await stage.ended([run])
    return took


async def _one(stage: Stage, run: str, reader: sqlite3.Connection, sender: Sender | None, number: int) -> float:
    """The next step is done when its outcome is in the history: it was stored in the commit that delivered it."""
    await _resting(stage, run)
    begun = time.monotonic()
    if sender:
        begun = await asyncio.to_thread(sender.send)
    else:
        await (await stage.flow.runs.get(run)).send("go")
    key = f"work#{number + 1}:1"
    while not reader.execute("SELECT 1 FROM history WHERE run = ? AND key = ?", (run, key)).fetchone():
        await asyncio.sleep(0)
    return 1000 * (time.monotonic() - begun)


async def _resting(stage: Stage, run: str) -> None:
    """The run waits for the next event, and if it does not linger it is out of the memory."""
    engine = stage.house.engine
    assert isinstance(engine, EmbeddedEngine)
    lingers = engine.linger > 0
    while (await stage.house.control.run(run)).status != "waiting" or (run in engine._active) != lingers:
        await asyncio.sleep(0.001)
    await asyncio.sleep(0.005)


class Sender:
    """Another process with the same database, which sends an event for each line that it reads."""

    def __init__(self, folder: Path, run: str) -> None:
        command = [sys.executable, "-m", "benchmarks.events", str(folder), run]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._line()

    def send(self) -> float:
        """When it was sent: all processes of a machine share the monotonic clock."""
        assert self._process.stdin is not None
        self._process.stdin.write("send\n")
        self._process.stdin.flush()
        return float(self._line())

    def close(self) -> None:
        self._process.communicate("")

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()


async def _send_for_each_line(folder: Path, run: str) -> None:
    from agentflow.app import AgentFlow

    async with AgentFlow(settings=Settings(folder=folder), worker=False) as flow:
        handle = await flow.runs.get(run)
        print("ready", flush=True)
        while await asyncio.to_thread(sys.stdin.readline):
            begun = time.monotonic()
            await handle.send("go")
            print(begun, flush=True)


if __name__ == "__main__":
    asyncio.run(_send_for_each_line(Path(sys.argv[1]), sys.argv[2]))
