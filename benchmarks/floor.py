"""The floor that no engine on SQLite can be below: what the disk takes for a flush, and SQLite for a durable commit."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from .figures import Figure, percentile
from .stage import HUNDRED


def floor(folder: Path, commits: int, repeats: int) -> list[Figure]:
    """Flushes of 4 KiB, and commits of one row (WAL, FULL) in a row."""
    flushes = [1000 * percentile(_flushes(folder / f"flush{n}", commits), 0.5) for n in range(repeats)]
    rates = [_commits(folder / f"floor{n}.db", commits) for n in range(repeats)]
    return [
        Figure("fdatasync of 4 KiB, p50", "ms", flushes, less=True),
        Figure("raw sqlite3 commits (WAL, FULL)", "1/s", rates),
    ]


def _flushes(path: Path, count: int) -> list[float]:
    took = []
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    for number in range(count):
        os.pwrite(descriptor, b"x" * 4096, 4096 * number)
        begun = time.perf_counter()
        os.fdatasync(descriptor)
        took.append(time.perf_counter() - begun)
    os.close(descriptor)
    return took


def _commits(path: Path, count: int) -> float:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE steps (run TEXT, n INTEGER, result TEXT, PRIMARY KEY (run, n)) WITHOUT ROWID")
        begun = time.perf_counter()
        for number in range(count):
            connection.execute("INSERT INTO steps VALUES ('run', ?, ?)", (number, HUNDRED))
        return count / (time.perf_counter() - begun)
