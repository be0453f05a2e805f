"""A real `agentflow serve` in a process of its own: how soon it answers, what it uses, and the house that it serves."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from .figures import Figure
from .stage import BATCH, STEPS, WAITS
from .wire import Wire

HOST = "127.0.0.1"
PATIENCE = 240.0
"""Seconds in which what is prepared has come to rest."""
ASKS = '''from agentflow import Workflow


class Plan(Workflow):
    """A question."""

    async def run(self, event, step):
        await step.wait_for_approval("agree", "Go on?", timeout="1 day")
'''
PLANS = {"work": STEPS, "waits": WAITS, "asks": ASKS}
"""The plan of each agent."""
SETTINGS = """tools = ["tools.py"]
[limits]
concurrent = 2000
"""
TOOLS = '''from agentflow import tool


@tool(namespace="bench", effect="idempotent")
async def work(number: int) -> str:
    """Does a piece of work."""
    return "x" * 100
'''


@dataclass(frozen=True, slots=True)
class Used:
    """What the service and its guests have used so far: seconds of a processor, and resident MB now."""

    service: float
    guests: float
    megabytes: float


class Service:
    """The process, which answers already."""

    def __init__(self, pid: int, port: int, took: float = 0.0) -> None:
        self.port = port
        self.took = took
        """Seconds from its start to its first `ready`."""
        self._pid = pid

    def used(self) -> Used:
        """What it has used until now."""
        guests = sum(_seconds(pid) for pid in _below(self._pid))
        return Used(_seconds(self._pid), guests, _resident(self._pid) / 2**20)


@contextmanager
def service(folder: Path) -> Iterator[Service]:
    """The service of a folder, whose house is made where there is none."""
    (folder / "agentflow.toml").write_text(SETTINGS)
    (folder / "tools.py").write_text(TOOLS)
    with socket.create_server((HOST, 0)) as free:
        port = free.getsockname()[1]
    begun = time.perf_counter()
    with (folder / "log").open("w") as log:
        command = [sys.executable, "-m", "agentflow", "serve", "--port", str(port)]
        process = subprocess.Popen(command, cwd=folder, stderr=log, text=True, env=_environment())
    try:
        _await_ready(process, port)
        yield Service(process.pid, port, time.perf_counter() - begun)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def starts(folder: Path, times: int) -> list[Figure]:
    """From the start of a process to its first `ready`: on the wall, and in processor time of the service."""
    found = []
    for _ in range(times + 1):
        with service(folder) as begun:
            found.append((begun.took, begun.used().service))
    wall, processor = zip(*found[1:], strict=True)  # the first one makes the database, and compiles what nobody has
    return [
        Figure("agentflow serve, from exec to ready", "s", list(wall), 1.0, less=True),
        Figure("its processor time until then", "s", list(processor)),
    ]


async def furnish(wire: Wire, history: int, waiting: int) -> list[str]:
    """Make agents, plans and so many finished runs; the ids of runs that wait for an event."""
    for agent, source in PLANS.items():
        made = {"name": agent, "model": "offline:./none", "tools": ["bench.*"], "review": "never", "update": True}
        await _done(wire, "/v1/agents", made)
        await _done(wire, f"/v1/agents/{agent}/plans", {"source": source})
    for begin in range(0, history, BATCH):
        runs = [{"payload": {"steps": 1}}] * min(BATCH, history - begin)
        await _done(wire, "/v1/runs/batch", {"agent": "work", "runs": runs})
    runs = [{"payload": {"steps": 9999}}] * waiting
    started = await _done(wire, "/v1/runs/batch", {"agent": "waits", "runs": runs})
    await rest(wire)
    return [run["id"] for run in started["items"]]


async def rest(wire: Wire) -> None:
    """Wait until no run can go on."""
    end = time.monotonic() + PATIENCE
    for status in ("queued", "running"):
        while (await wire.ask("GET", f"/v1/runs?status={status}&limit=1"))[1]["items"]:
            assert time.monotonic() < end, f"runs are {status} for too long: this machine is too slow for this row"
            await asyncio.sleep(0.1)


async def _done(wire: Wire, path: str, body: object) -> dict[str, list[dict[str, str]]]:
    status, told = await wire.ask("POST", path, body)
    assert status in (200, 201), told
    return dict(told)


def _await_ready(process: subprocess.Popen[str], port: int) -> None:
    while process.poll() is None:
        with suppress(ConnectionError), socket.create_connection((HOST, port), 60) as client:
            client.sendall(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            if re.match(rb"HTTP/1.1 200 ", client.recv(100)):
                return
        time.sleep(0.005)
    raise AssertionError("the service has ended: see the file `log` beside its database")


def _environment() -> dict[str, str]:
    """That of this process; with bytecode, as an installed program has it."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _seconds(pid: int) -> float:
    with suppress(FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def _resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _below(pid: int) -> list[int]:
    with suppress(FileNotFoundError):
        found = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        return found + [below for child in found for below in _below(child)]
    return []
