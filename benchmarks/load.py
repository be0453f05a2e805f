"""Load on the service, open loop: `make load`. When a request is sent is fixed before, whatever the service does.

A latency counts from when the request was to be sent: where the service stands still, all that should have come
meanwhile counts as well. Nothing may be lost: what a write leads to must be heard by whoever listens, and be listed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import random
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .figures import Figure, percentile, table, write
from .machine import beside, rows
from .serve import HOST, Service, Used, furnish, rest, service, starts
from .wire import Told, Wire

ENDED = 30.0
"""Seconds after the load in which all must have been heard."""
READS = ("/v1/runs?limit=50", "/v1/runs/{}", "/v1/runs/{}", "/v1/runs/{}/steps", "/v1/approvals?status=pending")


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much of everything; rates are by the second."""

    seconds: float = 60.0
    streams: int = 200
    reads: int = 200
    writes: int = 20
    history: int = 3000
    starts: int = 5


QUICK = Sizes(seconds=10.0, history=500, starts=2)


@dataclass(slots=True)
class Seen:
    """What came of it."""

    reads: list[float] = field(default_factory=list)
    writes: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    started: set[str] = field(default_factory=set)
    sent: set[str] = field(default_factory=set)
    decided: set[str] = field(default_factory=set)
    begun: dict[str, float] = field(default_factory=dict)
    """When each write was answered, by the id that it is about."""
    heard: list[float] = field(default_factory=list)
    """Seconds from then until the first who listens was told."""


class Ears:
    """All who listen: half of them to the tenant, the others to a run each."""

    def __init__(self, wire: Wire, seen: Seen) -> None:
        self._wire = wire
        self._seen = seen
        self._ended: list[set[str]] = []
        """For each who listens to the tenant, the ids whose end was told."""
        self._events: set[str] = set()
        self.pending: deque[str] = deque()
        """Questions that nobody has answered yet."""
        self.tasks: list[asyncio.Task[None]] = []

    async def open(self, count: int, runs: Sequence[str]) -> None:
        """Begin to listen."""
        begun = [asyncio.Event() for _ in range(count)]
        for number, event in enumerate(begun):
            listening = self._run(runs[number // 2], event) if number % 2 else self._tenant(event)
            self.tasks.append(asyncio.create_task(listening))
        await asyncio.gather(*(event.wait() for event in begun))

    def lost(self) -> int:
        """What was done and is not told to everybody whom it is to be told."""
        ends = self._seen.started | self._seen.decided
        return sum(len(ends - told) for told in self._ended) + len(self._seen.sent - self._events)

    async def _tenant(self, begun: asyncio.Event) -> None:
        first, ended = not self._ended, set[str]()
        self._ended.append(ended)
        async for told in self._wire.listen("/v1/stream", begun):
            change = json.loads(told.data)
            if change["status"] in ("completed", "approved"):
                ended.add(change["id"])
            if first:
                self._note(told, change)

    def _note(self, told: Told, change: dict[str, str]) -> None:
        if (since := self._seen.begun.pop(change["id"], None)) is not None:
            self._seen.heard.append(time.perf_counter() - since)
        if told.name == b"approval" and change["status"] == "pending":
            self.pending.append(change["id"])

    async def _run(self, run: str, begun: asyncio.Event) -> None:
        async for told in self._wire.listen(f"/v1/runs/{run}/stream?follow=true", begun):
            if told.name == b"history" and (entry := json.loads(told.data))["kind"] == "event":
                self._events.add(entry["body"]["id"])


class Load:
    """Sends what is due."""

    def __init__(self, wire: Wire, ears: Ears, seen: Seen, waiting: Sequence[str]) -> None:
        self._wire = wire
        self._ears = ears
        self._seen = seen
        self._waiting = waiting
        self._random = random.Random(6)  # noqa: S311  # the same load each time
        self._known = deque(waiting, maxlen=500)

    async def work(self, sizes: Sizes) -> None:
        """From the first request to the last answer."""
        moments = [(at, self._read) for at in self._moments(sizes.reads, sizes.seconds)]
        moments += [(at, self._write) for at in self._moments(sizes.writes, sizes.seconds)]
        begun, asked = time.perf_counter() + 0.1, set[asyncio.Task[None]]()
        for at, what in sorted(moments, key=lambda one: one[0]):
            if (left := begun + at - time.perf_counter()) > 0:
                await asyncio.sleep(left)
            asked.add(asyncio.create_task(what(begun + at)))
        await asyncio.gather(*asked)

    def _moments(self, rate: int, seconds: float) -> list[float]:
        """When requests come that know nothing of each other."""
        found, at = list[float](), 0.0
        while (at := at + self._random.expovariate(rate)) < seconds:
            found.append(at)
        return found

    async def _read(self, due: float) -> None:
        path = self._random.choice(READS).format(self._random.choice(self._known))
        await self._asked(self._seen.reads, due, "GET", path)

    async def _write(self, due: float) -> None:
        await self._random.choice((self._start, self._start, self._send, self._decide))(due)

    async def _start(self, due: float) -> None:
        agent = self._random.choice(("work", "work", "asks"))
        told = await self._asked(self._seen.writes, due, "POST", "/v1/runs", {"agent": agent, "payload": {"steps": 2}})
        if told and agent == "work":
            self._seen.started.add(told["id"])
        if told:
            self._known.append(told["id"])
            self._seen.begun[told["id"]] = time.perf_counter()

    async def _send(self, due: float) -> None:
        run = self._random.choice(self._waiting)
        told = await self._asked(self._seen.writes, due, "POST", f"/v1/runs/{run}/events", {"type": "go"})
        if told:
            self._seen.sent.add(told["id"])

    async def _decide(self, due: float) -> None:
        if not self._ears.pending:
            await self._start(due)
            return
        question = self._ears.pending.popleft()
        path = f"/v1/approvals/{question}/decision"
        if told := await self._asked(self._seen.writes, due, "POST", path, {"action": "approve"}):
            self._seen.decided |= {question, told["run"]}

    async def _asked(
        self, took: list[float], due: float, method: str, path: str, body: object = None
    ) -> dict[str, str]:
        try:
            status, told = await self._wire.ask(method, path, body)
        except (OSError, asyncio.IncompleteReadError) as error:
            self._seen.errors.append(f"{method} {path}: {error!r}")
            return {}
        took.append((time.perf_counter() - due) * 1000)
        if status not in (200, 201):
            self._seen.errors.append(f"{method} {path}: {status} {told}")
            return {}
        return dict(told)


async def measure(served: Service, sizes: Sizes, say: Callable[[str], None]) -> list[Figure]:
    """All rows of one load."""
    wire, seen = Wire(HOST, served.port), Seen()
    say(f"{sizes.history} runs of the past")
    waiting = await furnish(wire, sizes.history, sizes.streams // 2)
    ears = Ears(wire, seen)
    await ears.open(sizes.streams, waiting)
    say(f"{sizes.streams} streams, {sizes.reads} reads and {sizes.writes} writes a second for {sizes.seconds:g} s")
    before, own, begun = served.used(), time.process_time(), time.perf_counter()
    with beside() as late:
        await Load(wire, ears, seen, waiting).work(sizes)
    took, after, own = time.perf_counter() - begun, served.used(), time.process_time() - own
    await _until(lambda: not ears.lost())
    await rest(wire)
    unlisted = len(seen.started - await _listed(wire, len(seen.started) * 2))
    for task in ears.tasks:
        task.cancel()
    broken = [one for one in await asyncio.gather(*ears.tasks, return_exceptions=True) if isinstance(one, Exception)]
    wire.close()
    for error in [*seen.errors, *map(repr, broken)][:5]:
        say(error)
    lost = Figure("lost: untold to somebody, or not listed", "", [ears.lost() + unlisted], 0, less=True)
    lost.note = f"{len(seen.started)} runs, {len(seen.sent)} events, {len(seen.decided) // 2} decisions"
    errors = Figure("errors", "", [len(seen.errors) + len(broken)], 0, less=True)
    return [*_latencies(seen), lost, errors, *_costs(before, after, took, own), *rows(late)]


def _latencies(seen: Seen) -> list[Figure]:
    rows = []
    for name, took, target in (
        ("reads", seen.reads, 50),
        ("writes", seen.writes, 50),
        ("told of a start", seen.heard, None),
    ):
        values = took if target else [one * 1000 for one in took]
        rows += [
            Figure(f"{name}, p50", "ms", [percentile(values, 0.5)], less=True, note=f"n = {len(values)}"),
            Figure(f"{name}, p99", "ms", [percentile(values, 0.99)], target, less=True),
            Figure(f"{name}, slowest", "ms", [max(values)], less=True),
        ]
    return rows


def _costs(before: Used, after: Used, took: float, own: float) -> list[Figure]:
    return [
        Figure("processor of the service", "%", [100 * (after.service - before.service) / took], less=True),
        Figure("processor of its guests", "%", [100 * (after.guests - before.guests) / took], less=True),
        Figure("processor of this client", "%", [100 * own / took], less=True),
        Figure(
            "memory of the service after it", "MB", [after.megabytes], less=True, note=f"{before.megabytes:.0f} before"
        ),
    ]


async def _until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + ENDED
    while not holds() and time.monotonic() < end:
        await asyncio.sleep(0.05)


async def _listed(wire: Wire, most: int) -> set[str]:
    """The newest runs, part by part."""
    found, cursor = set[str](), ""
    while len(found) < most:
        _, part = await wire.ask("GET", f"/v1/runs?limit=500{cursor}")
        found |= {run["id"] for run in part["items"]}
        if part["next"] is None:
            break
        cursor = f"&cursor={part['next']}"
    return found


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="make load", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="ten seconds, and a shorter past")
    parser.add_argument("--json", type=Path, default=Path("build/load.json"), help="where the document goes")
    parser.add_argument("--folder", type=Path, help="where the database is made, on the disk that is meant")
    given = parser.parse_args()
    sizes = QUICK if given.quick else Sizes()
    facts = {
        "processors": str(os.cpu_count()),
        "python": platform.python_version(),
        "load of the machine before": " ".join(f"{one:.1f}" for one in os.getloadavg()),
    }
    with tempfile.TemporaryDirectory(prefix="load-", dir=given.folder) as folder:
        figures = starts(Path(folder), sizes.starts)
        with service(Path(folder)) as served:
            figures += asyncio.run(measure(served, sizes, _say))
    given.json.parent.mkdir(parents=True, exist_ok=True)
    write(figures, facts, given.json)
    print(*(f"{name}: {fact}" for name, fact in facts.items()), sep="\n")
    print(table(figures))
    print(f"written to {given.json}")


def _say(line: str) -> None:
    print(f"  {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
