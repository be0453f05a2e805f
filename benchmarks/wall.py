"""What the wall costs: a locked process, a plan's code in it, the way there and back, and the memory of many."""

from __future__ import annotations

import asyncio
import hashlib
import marshal
import os
import re
import signal
import socket
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from agentflow.guest.policy import build
from agentflow.sandbox import Code, GuestLimits, Opening, launch
from agentflow.sandbox.blanks import Blanks
from agentflow.sandbox.local import ProcessSandbox

from .figures import Figure, percentile
from .policy import PLAN as LARGE

STEPS = """
from agentflow import Workflow, tools

class Plan(Workflow):
    async def run(self, event, step):
        for n in range(event.payload):
            await step.do("work", tools.a.b(n=n))
"""
START: dict[str, Any] = {"at": 1.0, "start": True}


def costs(starts: int, agents: int) -> list[Figure]:
    """All rows: so many processes started one after the other, and so many plans held at a time."""
    return asyncio.run(_costs(starts, agents))


async def _costs(starts: int, agents: int) -> list[Figure]:
    locked = await _locked(starts)
    cold, warm, trips = await _loads(starts)
    own, whole = await _memory(agents)
    raw, trip = percentile(_raw_trips(), 0.5), percentile(trips, 0.5)
    over = [one - percentile(warm, 0.5) for one in cold]
    figures = [
        Figure("a locked process, to its first message, p50", "ms", [percentile(locked, 0.5)], 2, less=True),
        Figure("the same, p99", "ms", [percentile(locked, 0.99)], 5, less=True),
        Figure("a plan's code loaded cold, over a warm one, p50", "ms", [percentile(over, 0.5)], 4, less=True),
        Figure("a byte to a child process and back, p50", "us", [raw], note="the floor: two sockets, two wake-ups"),
        Figure(
            "a step's way to the guest and back, p50", "us", [trip], 120, less=True, note=f"{trip / raw:.1f} floors"
        ),
    ]
    if whole:  # else the kernel does not tell this user
        figures += [
            Figure("own memory of an idle process with a plan", "MB", [own], 3, less=True),
            Figure(f"{agents} agents active, fork server included", "MB", [whole], 3 * agents, less=True),
        ]
    return figures


async def _locked(starts: int) -> list[float]:
    """Milliseconds from the order to the message that says which layers hold, none of them kept ready."""
    blanks = Blanks(256)
    took = []
    await (await blanks._plans(256)).end()
    for _ in range(starts):
        begun = time.perf_counter()
        process = await blanks._plans(256)
        took.append(1000 * (time.perf_counter() - begun))
        await process.end()
    await blanks.close()
    return took


async def _loads(starts: int) -> tuple[list[float], list[float], list[float]]:
    """Milliseconds to a plan's first command, cold and warm, and microseconds of each step after it."""
    sandbox = ProcessSandbox()
    cold: list[float] = []
    warm: list[float] = []
    trips: list[float] = []
    for number in range(starts):
        version = _code(STEPS, number)
        for took in (cold, warm):
            begun = time.perf_counter()
            activation = await sandbox.open(version, _opening(20))
            [turn] = await activation.turns([START])
            took.append(1000 * (time.perf_counter() - begun))
            assert turn.commands
        for step in range(1, 20):
            begun = time.perf_counter()
            await activation.turns([{"at": 1.0, "key": f"work#{step}", "ok": {"id": "x" * 100}}])
            trips.append(1e6 * (time.perf_counter() - begun))
    await sandbox.close()
    return cold, warm, trips


def _raw_trips() -> list[float]:
    """Microseconds of a byte's way to another process and back: what this machine's wake-ups cost."""
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        while theirs.send(theirs.recv(1)):
            pass
    took = []
    for _ in range(2000):
        begun = time.perf_counter()
        ours.send(b"x")
        ours.recv(1)
        took.append(1e6 * (time.perf_counter() - begun))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    ours.close()
    theirs.close()
    return took


async def _memory(agents: int) -> tuple[float, float]:
    """MB of one process and of all, with a plan of 50 lines in each; zeros where the kernel does not tell."""
    sandbox = ProcessSandbox(all_memory_mb=10**6)
    processes = []
    for number in range(agents):
        activation = await sandbox.open(replace(_code(LARGE, number), agent=f"agent{number}"), _opening({}))
        await activation.turns([START])
        processes.append(activation._guest.process.pid)
        await activation.close()
    server = sandbox._blanks._zygotes[launch.GUEST]._process.pid
    own = [_private(pid) for pid in processes]
    whole = sum(own) + _resident(server) if all(own) else 0.0
    await sandbox.close()
    return sum(own) / agents, whole


def _code(source: str, version: int) -> Code:
    code, problems = build(source)
    assert code is not None, problems
    blob = marshal.dumps(code)
    entry = re.findall(r"class (\w+)\(Workflow\)", source)[0]
    return Code("agent", version, hashlib.sha256(blob).hexdigest(), blob, entry, GuestLimits())


def _opening(payload: Any) -> Opening:
    return Opening("run", 1, "agent", {"id": "e", "payload": payload, "timestamp": 1.0, "schedule": None})


def _private(pid: int) -> float:
    """MB that a process shares with nobody."""
    with suppress(OSError):
        found = Path(f"/proc/{pid}/smaps_rollup").read_text()
        return sum(int(size) for size in re.findall(r"Private_(?:Clean|Dirty): +(\d+)", found)) * 1024 / 1e6
    return 0.0


def _resident(pid: int) -> float:
    found = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(re.findall(r"Rss: +(\d+)", found)[0]) * 1024 / 1e6
