"""Recovery: runs in flight, SIGKILL, and the seconds from exec of the next process to the last run's next step."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from .stage import STEPS, Ledger, staged

_BEGUN = "SELECT COUNT(*) FROM attempts WHERE ended_at IS NULL"
_DONE = "SELECT COUNT(*) FROM history WHERE key = 'work#1:2'"


def recovery(folder: Path, runs: int) -> float:
    """Every run's first attempt is in flight when the worker is killed; its second one is its next step."""
    first = _worker(folder, "hang", runs)
    _until(folder, _BEGUN, runs)
    first.kill()
    first.wait()
    begun = time.monotonic()
    second = _worker(folder, "work", 0)
    _until(folder, _DONE, runs)
    took = time.monotonic() - begun
    second.communicate("")
    calls = (folder / "ledger").read_text(encoding="ascii").split()
    assert len(calls) == len(set(calls)) == runs, f"{runs} steps, {len(calls)} calls of {len(set(calls))} keys"
    return took


def _worker(folder: Path, how: str, runs: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "benchmarks.crash", str(folder), how, str(runs)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, text=True)


def _until(folder: Path, query: str, count: int) -> None:
    while not (folder / "agentflow.db").exists():
        time.sleep(0.01)
    with closing(sqlite3.connect(folder / "agentflow.db", timeout=60)) as reader:
        while not _holds(reader, query, count):
            time.sleep(0.01)


def _holds(reader: sqlite3.Connection, query: str, count: int) -> bool:
    try:
        return bool(reader.execute(query).fetchone()[0] >= count)
    except sqlite3.OperationalError:  # the tables are being made
        return False


async def _work(folder: Path, how: str, runs: int) -> None:
    """Hold `runs` runs in flight until the end, or work on what there is until the input ends."""
    ledger = Ledger(folder / "ledger", hangs=how == "hang")
    async with staged(folder, STEPS, ledger=ledger) as stage:
        if runs:
            await stage.start_many(runs, {"steps": 1})
        await asyncio.to_thread(sys.stdin.readline)


if __name__ == "__main__":
    asyncio.run(_work(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
