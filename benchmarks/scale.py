"""Workers on Restate and PostgreSQL, both real, on this machine: `make scale`.

Two works, by so many workers. *Quick* steps return at once: what they take is processors, so more workers than the
machine has processors gain nothing. *Slow* steps wait, as a call of something elsewhere does: a worker has only so many
runs in its hands, so what they take is workers. Beside them stands the floor: how many durable transactions the server
gives to writers that take turns, as ours do, and to such that need not.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from agentflow.app import AgentFlow
from agentflow.records import Json
from agentflow.settings import load
from agentflow.store import Store, Write
from tests.fakes import postgres, restate

from .figures import Figure, table, write
from .machine import beside, rows
from .stage import HUNDRED, STEPS

PLACES = 20
"""Runs that a worker has in its hands at a time, of slow steps."""
NAP = 0.5
"""Seconds that a slow step takes."""
PATIENCE = 300.0
"""Seconds in which all that was begun has ended."""
_SETTINGS = """db = "{db}"
tools = ["tools.py"]
[limits]
concurrent = {places}
[engine]
kind = "restate"
restate_url = "{url}"
restate_admin_url = "{admin}"
listen = "127.0.0.1:{port}"
service = "bench{port}"
"""
_TOOLS = """import asyncio
import os
from pathlib import Path

from agentflow import ToolContext, tool

LEDGER = os.open(Path(__file__).with_name("ledger"), os.O_CREAT | os.O_APPEND | os.O_WRONLY)


@tool(namespace="bench", effect="idempotent")
async def work(context: ToolContext, number: int) -> str:
    \"\"\"Does a piece of work.\"\"\"
    os.write(LEDGER, f"{os.getpid()} {context.idempotency_key}\\n".encode())
    await asyncio.sleep(%s)
    return "x" * 100
"""
_FLUSHED = "RESTATE_LOG_SERVER__ROCKSDB_DISABLE_WAL_FSYNC"
"""Restate of the tests does not flush; here it does, as it does where nobody says otherwise."""
_TURN = "SELECT pg_advisory_xact_lock(7);"
_ROW = "INSERT INTO floor (said) VALUES (repeat('x', 200));"


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much of everything."""

    workers: tuple[int, ...] = (1, 2, 4)
    agents: int = 8
    quick: int = 400
    slow: int = 200
    repeats: int = 3
    floor: int = 5


QUICK = Sizes(workers=(1, 2), quick=60, slow=40, repeats=1, floor=1)


@dataclass(frozen=True, slots=True)
class Parts:
    """What stays while workers come and go."""

    folder: Path
    database: postgres.Server
    restate: restate.Server


@dataclass(frozen=True, slots=True)
class Took:
    """What came of it: runs a second, the busiest worker's share of the steps, flushes of the server for each run."""

    rate: float
    share: float
    flushes: float


def figures(parts: Parts, sizes: Sizes) -> Iterator[Figure]:
    """All rows. Numbers of workers take turns, so that a slower minute of the machine is everybody's."""
    yield from floor(parts.database, sizes.floor)
    yield from turns(parts.database, sizes.floor)
    works = {"quick": (sizes.quick, 5, 0.0, 200), "slow": (sizes.slow, 3, NAP, PLACES)}
    for name, (runs, steps, nap, places) in works.items():
        found: dict[int, list[Took]] = {count: [] for count in sizes.workers}
        for _ in range(sizes.repeats):
            for count, took in found.items():
                print(f"{name} steps, {count} workers", file=sys.stderr)
                took.append(asyncio.run(_measured(parts, sizes.agents, count, runs, steps, nap, places)))
        for count, took in found.items():
            yield Figure(f"runs of {steps} {name} steps, {count} workers", "per s", [one.rate for one in took])
            yield Figure("  the busiest worker's share of the steps", "", [one.share for one in took], less=True)
            yield Figure("  flushes of the server's log for each run", "", [one.flushes for one in took], less=True)


def floor(database: postgres.Server, seconds: int) -> Iterator[Figure]:
    """Durable transactions a second, of one row each."""
    place = database.database()
    with psycopg.connect(place, autocommit=True) as connection:
        connection.execute("CREATE TABLE floor (said TEXT)")
    for kind, script in (("that take turns", _TURN + _ROW), ("that need not", _ROW)):
        for clients in (1, 4):
            name = f"durable transactions, {clients} writers {kind}"
            yield Figure(name, "per s", [_pgbench(database, place, script, clients, seconds) for _ in range(3)])


def turns(database: postgres.Server, seconds: int) -> Iterator[Figure]:
    """What the commit of a step takes by itself: five statements, from one process, one or many in a turn."""
    place = database.database()
    for writers in (1, 50):
        rates = [asyncio.run(_committed(place, f"{writers} {again}", writers, seconds)) for again in range(3)]
        yield Figure(f"commits of five statements, {writers} at a time, one store", "per s", rates)


async def _committed(place: str, name: str, writers: int, seconds: int) -> float:
    store, end, done = await Store.open(place), time.perf_counter() + seconds, 0

    async def write(writer: int) -> None:
        nonlocal done
        told = {"run": f"{name} {writer}", "generation": 0, "at": 0.0, "kind": "outcome", "key": "x", "body": HUNDRED}
        numbers = itertools.count()
        while time.perf_counter() < end:
            await store.write([Write("insert_history", {**told, "n": next(numbers)}) for _ in range(5)])
            done += 1

    await asyncio.gather(*map(write, range(writers)))
    await store.close()
    return done / seconds


def _pgbench(database: postgres.Server, place: str, script: str, clients: int, seconds: int) -> float:
    program = postgres.found()
    assert program is not None
    file = database.folder / "script.sql"
    file.write_text(f"BEGIN;{script}COMMIT;\n")
    words: list[str | Path] = [program / "pgbench", "-n", "-f", file, "-c", str(clients), "-T", str(seconds), place]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    [found] = re.findall(r"^tps = ([\d.]+)", done.stdout, re.MULTILINE)
    return float(found)


async def _measured(parts: Parts, agents: int, workers: int, runs: int, steps: int, nap: float, places: int) -> Took:
    folder = Path(tempfile.mkdtemp(dir=parts.folder))
    place = parts.database.database()
    [port] = restate.free_ports(1)
    said = {"db": place, "places": places, "url": parts.restate.url, "admin": parts.restate.admin_url, "port": port}
    (folder / "agentflow.toml").write_text(_SETTINGS.format(**said))
    (folder / "tools.py").write_text(_TOOLS % nap)
    async with AgentFlow(settings=load(folder), worker=False) as flow:
        names = [f"agent{number}" for number in range(agents)]
        for name in names:
            agent = await flow.agents.create(name, model="offline:./none", tools=["bench.*"], review="never")
            await agent.register(STEPS)
        with _working(folder, workers):
            await _alive(flow, workers)
            await _done(flow, names, place, agents * 2, {"steps": 1})  # each has its processes, and is known to Restate
            (folder / "ledger").write_text("")
            before, begun = _flushes(place), time.perf_counter()
            await _done(flow, names, place, runs, {"steps": steps})
            took, after = time.perf_counter() - begun, _flushes(place)
    return Took(runs / took, _share(folder / "ledger", runs * steps), (after - before) / runs)


def _flushes(place: str) -> int:
    """How often the server has flushed its log so far."""
    with psycopg.connect(place, autocommit=True) as connection:
        [count] = connection.execute("SELECT wal_sync FROM pg_stat_wal").fetchone() or [0]
    return int(count)


async def _done(flow: AgentFlow, names: list[str], place: str, runs: int, payload: Json) -> None:
    """Start so many runs over all agents, and wait until they are completed."""
    for number, name in enumerate(names):
        share = len(range(number, runs, len(names)))
        await (await flow.agents.get(name)).start_many([{"payload": payload}] * share)
    end = time.monotonic() + PATIENCE
    async with await psycopg.AsyncConnection.connect(place, autocommit=True) as connection:
        while True:
            found = await (await connection.execute("SELECT status, count(*) FROM runs GROUP BY status")).fetchall()
            if {status for status, _ in found} == {"completed"}:
                return
            assert not {"failed", "cancelled", "paused"} & {status for status, _ in found}, found
            assert time.monotonic() < end, found
            await asyncio.sleep(0.05)


def _share(ledger: Path, expected: int) -> float:
    """The busiest worker's share of the steps, each of which was done once."""
    lines = [line.split() for line in ledger.read_text().splitlines()]
    assert len(lines) == len({key for _, key in lines}) == expected, f"{expected} steps: {len(lines)} calls"
    return max(Counter(pid for pid, _ in lines).values()) / expected


@contextmanager
def _working(folder: Path, workers: int) -> Iterator[None]:
    """So many `agentflow worker`, behind one port."""
    with (folder / "log").open("w") as log:
        words = [sys.executable, "-m", "agentflow", "worker"]
        started = [subprocess.Popen(words, cwd=folder, stderr=log) for _ in range(workers)]
        try:
            yield
        finally:
            for process in started:
                process.terminate()
            for process in started:
                process.wait(60)


async def _alive(flow: AgentFlow, workers: int) -> None:
    end = time.monotonic() + PATIENCE
    while len(await flow.workers()) < workers:
        assert time.monotonic() < end, "the workers did not start: see the file `log`"
        await asyncio.sleep(0.1)


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="make scale", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="less of everything")
    parser.add_argument("--json", type=Path, default=Path("build/scale.json"), help="where the document goes")
    given = parser.parse_args()
    facts = {
        "processors": str(os.cpu_count()),
        "python": platform.python_version(),
        "load of the machine before": " ".join(f"{one:.1f}" for one in os.getloadavg()),
    }
    os.environ[_FLUSHED] = "false"
    with (
        tempfile.TemporaryDirectory(prefix="scale-") as folder,
        postgres.running(durable=True) as database,
        restate.running() as server,
        beside() as late,
    ):
        found = [*figures(Parts(Path(folder), database, server), QUICK if given.quick else Sizes())]
    found += rows(late)
    given.json.parent.mkdir(parents=True, exist_ok=True)
    write(found, facts, given.json)
    print(*(f"{name}: {fact}" for name, fact in facts.items()), sep="\n")
    print(table(found))
    print(f"written to {given.json}")


if __name__ == "__main__":
    main()
