"""Many runs at rest: what they cost in memory, in the file and in idle time, and how fast due timers are served."""

from __future__ import annotations

import asyncio
import os
import resource
import sqlite3
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from .stage import SLEEPS, WAITS, Stage, staged

IDLE = 5.0
"""Seconds for which nothing happens."""


@dataclass(frozen=True, slots=True)
class Rest:
    """What so many waiting runs cost."""

    created: float
    """Runs per second, created in batches."""
    megabytes: float
    """By which host and guests grew, from the first waiting run to all of them."""
    kibibytes: float
    """Of file for each run."""
    idle: float
    """Percent of a processor while nothing happens."""


async def at_rest(folder: Path, runs: int) -> Rest:
    """Runs that wait for an event: created, brought to their wait, let go."""
    async with staged(folder, WAITS, worker=False) as stage:
        size = _file(stage)
        begun = time.perf_counter()
        ids = await stage.start_many(runs, {"steps": 1})
        created = runs / (time.perf_counter() - begun)
    async with staged(folder, WAITS, linger=0.0) as stage:
        await _first(stage, ids[0])
        before = _memory()
        await stage.at_rest()
        grown, used = _memory() - before, _processor()
        await asyncio.sleep(IDLE)
        idle = 100 * (_processor() - used) / IDLE
        return Rest(created, grown / 2**20, (_file(stage) - size) / 1024 / runs, idle)


async def _first(stage: Stage, run: str) -> None:
    """The first run waits: all that one run needs is in memory."""
    while (await stage.house.control.run(run)).status != "waiting":
        await asyncio.sleep(0.001)


async def due_timers(folder: Path, runs: int, agents: int) -> float:
    """Seconds from the moment at which they all are due to the last one's next step."""
    async with staged(folder, SLEEPS, agents=agents, linger=0.0) as stage:
        at = time.time() + max(4.0, runs / 40)
        ids = await stage.start_many(runs, {"at": at})
        await stage.at_rest()
        assert time.time() < at, "the runs were not asleep in time: this machine is too slow for this row"
        await stage.ended(ids)
        stage.ledger.check(runs)
        with closing(sqlite3.connect(stage.house.store.place)) as reader:
            [last] = reader.execute("SELECT MAX(at) FROM history WHERE key = 'work#1:1'").fetchone()
        return float(last) - at


def _memory() -> int:
    """Resident bytes of this process and its children: host and guests."""
    return sum(_resident(pid) for pid in (os.getpid(), *_children()))


def _resident(pid: int) -> int:
    with suppress(FileNotFoundError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return 0


def _children(of: int | None = None) -> list[int]:
    """All processes below one: fork servers, and what they have forked."""
    pid = of or os.getpid()
    with suppress(FileNotFoundError):
        found = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        return found + [below for child in found for below in _children(child)]
    return []


def _processor() -> float:
    """Seconds that this process and its children have used."""
    ticks = 0
    for pid in (os.getpid(), *_children()):
        with suppress(FileNotFoundError):  # it has ended meanwhile
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK") + resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime


def _file(stage: Stage) -> int:
    """Bytes of the database once its log is written back."""
    with closing(sqlite3.connect(stage.house.store.place)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Path(stage.house.store.place).stat().st_size
