"""`make bench`: measures all of it in one run, prints a table, and writes the same as JSON."""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from agentflow.store.sqlite import SqliteStore

from . import crash, events, floor, flushes, peers, policy, replay, steps, waiting, wall
from .figures import Figure, percentile, table, write
from .stage import STEPS, staged

PEERS = ("dbos", "langgraph")


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much of each work is done, and how often."""

    repeats: int
    commits: int
    steps: int
    runs: int
    peer_runs: int
    events: int
    waiting: int
    timers: int
    in_flight: int
    guests: int
    agents: int
    replayed: tuple[int, ...]


FULL = Sizes(5, 3000, 1000, 1000, 50, 300, 100_000, 1000, 1000, 200, 500, (1000, 10_000))
QUICK = Sizes(1, 1000, 300, 200, 10, 50, 2000, 100, 100, 100, 50, (1000,))


class Bench:
    """Makes each measurement in a folder of its own, and says on standard error what it is at."""

    def __init__(self, folder: Path, sizes: Sizes) -> None:
        self._folder = folder
        self._sizes = sizes
        self._made = 0

    def figures(self) -> Iterator[Figure]:
        """All rows; verdicts against floor and peers come from the medians of this very run."""
        sizes = self._sizes
        yield from (base := floor.floor(self._new("floor"), sizes.commits, sizes.repeats))
        yield from self._throughput(base[1].median)
        yield from policy.costs(sizes.repeats)
        yield from wall.costs(sizes.guests, sizes.agents)
        yield from self._events()
        yield from self._at_rest()
        yield self._repeated("due timers over 20 agents, until the last next step", "s", self._timers, 1.0)
        flight = f"{sizes.in_flight} in flight, SIGKILL, until the last next step"
        yield self._repeated(flight, "s", lambda: crash.recovery(self._new("crash"), sizes.in_flight), 1.5)
        for count in sizes.replayed:
            yield from self._replay(count)
        if (each := flushes.flushes(self._new("flushes"), 100)) is not None:
            yield Figure("flushes (fdatasync) for each sequential step", "", [each], note="counted by strace")

    def _throughput(self, raw: float) -> Iterator[Figure]:
        """Ours and the peers in turns, so that a slower minute of the machine is everybody's."""
        sizes = self._sizes
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in PEERS}
        ours: list[tuple[float, float, float]] = []
        for _ in range(sizes.repeats):
            ours.append(self._ours())
            for name in PEERS:
                found[name].append(peers.peer(name, self._new(name, make=False), sizes.steps // 2, sizes.peer_runs))
        sequential = Figure("sequential steps in one run", "1/s", [one[0] for one in ours], 0.2 * raw)
        sequential.note = f"{sequential.median / raw:.2f} of the raw rate; 0.2 is the target, 0.3 to try for"
        yield sequential
        yield Figure("five-step runs, 50 at a time, 1 agent", "1/s", [one[1] for one in ours], 1000)
        yield Figure("five-step runs, 50 at a time, 20 agents", "1/s", [one[2] for one in ours], 1000)
        for name, rates in found.items():
            times = sequential.median / Figure("", "", [one[0] for one in rates]).median
            yield Figure(f"{name}: sequential steps", "1/s", [one[0] for one in rates], note=f"ours: {times:.1f} times")
            yield Figure(f"{name}: five-step runs, 50 at a time", "1/s", [one[1] for one in rates])

    def _ours(self) -> tuple[float, float, float]:
        sizes = self._sizes
        return (
            asyncio.run(steps.sequential(self._new("sequential"), sizes.steps)),
            asyncio.run(steps.short_runs(self._new("one"), sizes.runs, 1)),
            asyncio.run(steps.short_runs(self._new("twenty"), sizes.runs, 20)),
        )

    def _events(self) -> Iterator[Figure]:
        kinds = [("in memory", 60.0, False, 2, 10), ("hibernated", 0.0, False, 6, None)]
        kinds.append(("from another process", 60.0, True, 20, 100))
        for name, linger, elsewhere, half, most in kinds:
            took = []
            for _ in range(self._sizes.repeats):
                folder = self._new(f"event {name}")
                took.append(
                    asyncio.run(events.latencies(folder, self._sizes.events, linger=linger, elsewhere=elsewhere))
                )
            for share, target in ((0.5, half), (0.99, most)):
                values = [percentile(one, share) for one in took]
                yield Figure(f"event to next step done, {name}, p{share * 100:.0f}", "ms", values, target, less=True)

    def _at_rest(self) -> Iterator[Figure]:
        count = self._sizes.waiting
        rest = asyncio.run(waiting.at_rest(self._new("waiting"), count))
        whole = count == FULL.waiting
        yield Figure(f"{count:,} waiting runs, created in batches", "1/s", [rest.created], 10_000)
        yield Figure("their memory in host and guests", "MB", [rest.megabytes], 30 if whole else None, less=True)
        yield Figure("their file, each", "KiB", [rest.kibibytes], 1.0, less=True)
        yield Figure("idle processor with them", "%", [rest.idle], 1.0, less=True)

    def _timers(self) -> float:
        return asyncio.run(waiting.due_timers(self._new("timers"), self._sizes.timers, 20))

    def _repeated(self, name: str, unit: str, measure: Callable[[], float], target: float) -> Figure:
        return Figure(name, unit, [measure() for _ in range(self._sizes.repeats)], target, less=True)

    def _replay(self, count: int) -> Iterator[Figure]:
        took = asyncio.run(replay.replays(self._new(f"replay {count}"), count, max(3, self._sizes.repeats)))
        fold, guest = [one[0] for one in took], [one[1] for one in took]
        yield Figure(f"replay of {count:,} steps, in the guest", "ms", guest, count / 200, less=True)
        yield Figure(f"fold of {count:,} steps, in the host", "ms", fold, less=True)

    def _new(self, what: str, *, make: bool = True) -> Path:
        self._made += 1
        print(f"  {what} ...", file=sys.stderr, flush=True)
        folder = self._folder / f"{self._made}"
        if make:
            folder.mkdir()
        return folder


async def _synchronous(folder: Path) -> str:
    """What the connection that writes says of itself."""
    async with staged(folder, STEPS) as stage:
        store = stage.house.store
        assert isinstance(store, SqliteStore)
        [[level]] = await store._writer.execute_fetchall("PRAGMA synchronous")
    return {0: "OFF", 1: "NORMAL", 2: "FULL", 3: "EXTRA"}[int(level)]


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="less of everything, about a minute")
    parser.add_argument("--json", type=Path, default=Path("build/bench.json"), help="where the document goes")
    parser.add_argument("--folder", type=Path, help="where the databases are made, on the disk that is meant")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-", dir=given.folder) as folder:
        facts = {
            "processors": str(os.cpu_count()),
            "python": platform.python_version(),
            "sqlite": sqlite3.sqlite_version,
            "synchronous of the writing connection": asyncio.run(_synchronous(Path(folder))),
            "load of the machine before": " ".join(f"{one:.1f}" for one in os.getloadavg()),
        }
        figures = list(Bench(Path(folder), QUICK if given.quick else FULL).figures())
    given.json.parent.mkdir(parents=True, exist_ok=True)
    write(figures, facts, given.json)
    print(*(f"{name}: {fact}" for name, fact in facts.items()), sep="\n")
    print(table(figures))
    print(f"written to {given.json}")


if __name__ == "__main__":
    main()
