"""Plans for real guests: what the policy made of a source, or, for prisoners that break out, plain Python."""

from __future__ import annotations

import asyncio
import hashlib
import marshal
import os
from collections.abc import Callable
from typing import Any

from agentflow.sandbox import Code, GuestLimits, Opening, Turn
from agentflow.sandbox.guests import GuestActivation
from agentflow.sandbox.local import ProcessSandbox

from ..guest.plays import compiled, plan

PATIENT = GuestLimits(turn_seconds=20, cpu_seconds=20)
"""For tests on a machine that is busy."""
START: dict[str, Any] = {"at": 1.0, "start": True}

OS = """
import_os = next(c for c in Exception.__base__.__base__.__subclasses__() if c.__name__ == "_wrap_close")
os = import_os.__init__.__globals__
"""
"""What plain Python in a guest begins with to get at the operating system: the policy would refuse it."""


def code(body: str, *, before: str = "", version: int = 1, limits: GuestLimits = PATIENT) -> Code:
    """A version whose `run` has this body, made by the policy."""
    return _code(marshal.dumps(compiled(plan(body, before))), version, limits)


def prisoner(body: str) -> Code:
    """A version that the policy has not seen; its `run` finds the module `os` as a dict."""
    return _code(marshal.dumps(compile(plan(OS + body), "<plan>", "exec")), 1)


def _code(blob: bytes, version: int, limits: GuestLimits = PATIENT) -> Code:
    return Code("refunds", version, hashlib.sha256(blob).hexdigest(), blob, "Plan", limits)


def opening(payload: Any = None, run: str = "run_1") -> Opening:
    """A run with this payload."""
    return Opening(run, 1, "refunds", {"id": "event_1", "payload": payload, "timestamp": 1.0, "schedule": None})


async def started(sandbox: ProcessSandbox, code: Code, payload: Any = None, run: str = "run_1") -> Run:
    """An activation after its first turn."""
    found = Run(await sandbox.open(code, opening(payload, run)))
    await found.deliver(START)
    return found


class Run:
    """An activation and its last turn."""

    def __init__(self, activation: GuestActivation) -> None:
        self.activation = activation
        self.turn = Turn(())

    async def deliver(self, *deliveries: dict[str, Any]) -> None:
        self.turn = (await self.activation.turns(deliveries))[-1]

    async def ok(self, key: str, value: Any = None) -> None:
        await self.deliver({"at": 1.0, "key": key, "ok": value})

    @property
    def keys(self) -> list[str]:
        return [command.key for command in self.turn.commands]

    @property
    def result(self) -> Any:
        assert self.turn.end is not None
        assert self.turn.end.error is None, self.turn.end.error
        return self.turn.end.result

    @property
    def error(self) -> Any:
        assert self.turn.end is not None
        return self.turn.end.error

    @property
    def pid(self) -> int:
        return self.activation._guest.process.pid


def read(path: str) -> str:
    """What the kernel says there."""
    with open(path, encoding="ascii") as file:
        return file.read()


def lives(pid: int) -> bool:
    """Whether a process of that id is there and no zombie."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
            return stat.read().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):  # it may end between the opening and the reading
        return False


async def until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait for what happens outside of this process."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - a process that ends sets no event
            await asyncio.sleep(0.005)


def kill(pid: int) -> None:
    """As `kill -9` does it."""
    os.kill(pid, 9)
