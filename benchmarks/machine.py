"""What the machine does to a process while something else is measured: how late one is woken that does next to nothing.

Where that is late, what is measured beside it is late as well, and the machine is to blame.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

from .figures import Figure, percentile

NAP = 0.002


@contextmanager
def beside() -> Iterator[list[float]]:
    """While this is open, a process sleeps and looks; then the list says how late it was woken each time, in s."""
    spawning = multiprocessing.get_context("spawn")
    here, there = spawning.Pipe()
    process = spawning.Process(target=_sleep, args=(there,), daemon=True)
    process.start()
    there.close()  # so that its end is seen here, whatever becomes of it
    late = list[float]()
    here.recv()  # it has begun
    try:
        yield late
    finally:
        here.send(None)
        late += here.recv()
        process.join()


def rows(late: list[float]) -> list[Figure]:
    """How late that was, in ms."""
    found = [1000 * one for one in late]
    return [
        Figure("an idle process beside it is woken late, p50", "ms", [percentile(found, 0.5)], less=True),
        Figure("an idle process beside it is woken late, p99", "ms", [percentile(found, 0.99)], less=True),
        Figure("an idle process beside it is woken late, most", "ms", [max(found)], less=True),
    ]


def _sleep(ends: Connection) -> None:
    ends.send(None)
    late = list[float]()
    while not ends.poll():
        begun = time.perf_counter()
        time.sleep(NAP)
        late.append(time.perf_counter() - begun - NAP)
    ends.send(late)
