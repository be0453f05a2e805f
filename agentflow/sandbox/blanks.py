"""Processes that hold no plan yet: forked, locked down, and asked what holds them."""

from __future__ import annotations

import asyncio
import logging
from collections import deque

from ..errors import GuestError, SandboxError, Unconfined
from ..records import Json
from . import Layers, launch, reading
from .process import Allowance, Process
from .zygotes import Zygote

log = logging.getLogger("agentflow.sandbox")

STARTING = Allowance(seconds=20.0, cpu_seconds=20.0)
"""What a process may use to start, however busy the machine is."""
FLOOR = ("rlimits", "seccomp")
"""The layers without which no plan runs."""
SPARE = 2
"""Processes that wait for a plan: a plan's start does not wait for theirs."""
STARTED_AT_ONCE = 64
"""Processes that are being started: a fork server takes about 200 orders before it must have obeyed one."""
COMPILE_MB = 256
"""Address space of a process that checks a source."""


class Blanks:
    """Makes processes for plans, and for sources, and keeps a few of the former ready."""

    def __init__(self, memory_mb: int, *, unsafe: bool = False) -> None:
        self.memory_mb = memory_mb
        self._unsafe = unsafe
        self._zygotes: dict[str, Zygote] = {}
        self._spare: deque[Process] = deque()
        self._starting = asyncio.Semaphore(STARTED_AT_ONCE)
        self._filling: asyncio.Task[None] | None = None
        self.layers: Layers = {}
        """What the last process said that holds it."""

    async def take(self, memory_mb: int) -> Process:
        """A process for a plan."""
        if memory_mb != self.memory_mb:
            return await self._plans(memory_mb)
        process = self._spare.popleft() if self._spare else None
        self._fill()
        if process is not None and process.alive:
            return process
        return await self._plans(memory_mb)

    async def probe(self) -> Layers:
        """What holds a process; the one that says so is kept for a plan."""
        self._spare.append(await self._plans(self.memory_mb))
        return self.layers

    async def compiler(self) -> Process:
        """A process for one source."""
        return await self._start(launch.VALIDATOR, COMPILE_MB, "the process that checks plans")

    async def close(self) -> None:
        """End them all."""
        if self._filling is not None:
            self._filling.cancel()
        await asyncio.gather(*(process.end() for process in self._spare))
        await asyncio.gather(*(zygote.close() for zygote in self._zygotes.values()))

    def _fill(self) -> None:
        if self._filling is None or self._filling.done():
            self._filling = asyncio.ensure_future(self._refill())

    async def _refill(self) -> None:
        """A fork that fails here fails again where somebody waits for it, and is told."""
        try:
            while len(self._spare) < SPARE:
                self._spare.append(await self._plans(self.memory_mb))
        except (GuestError, SandboxError) as error:
            log.warning("no process is kept ready: %s", error)

    async def _plans(self, memory_mb: int) -> Process:
        return await self._start(launch.GUEST, memory_mb, "the process of a plan")

    async def _start(self, module: str, memory_mb: int, what: str) -> Process:
        async with self._starting:
            child = (await self._zygote(module)).fork(memory_mb)
            try:
                process, said = await Process.attach(child, what, STARTING)
            except GuestError as error:
                raise SandboxError(f"no process for a plan can be started: {error}") from None
        layers = await reading.read(said, _layers)
        if (missing := gaps(layers)) and not self._unsafe:
            await process.end("it is not confined")
            raise Unconfined(_refusal(missing))
        self.layers = layers
        return process

    async def _zygote(self, module: str) -> Zygote:
        """The fork server of a module; another one, where it has ended."""
        zygote = self._zygotes.get(module)
        if zygote is not None and not zygote.alive:
            await zygote.close()
            zygote = self._zygotes.get(module)
        if zygote is None or not zygote.alive:
            zygote = self._zygotes[module] = Zygote(module)
        return zygote


def gaps(layers: Layers) -> dict[str, str]:
    """Why each layer does not hold that is missing and without which no plan runs."""
    return {name: why for name in FLOOR if (why := layers.get(name, "it was not tried")) is not None}


def _refusal(missing: dict[str, str]) -> str:
    lacks = "; ".join(f"{name}: {why}" for name, why in missing.items())
    return (
        f"this machine cannot confine plans ({lacks}): run agentflow on Linux with seccomp, in a container for"
        " instance, or set AGENTFLOW_UNSAFE_SANDBOX=1 to run plans that you trust without it"
    )


def _layers(document: Json) -> Layers:
    if not isinstance(document, dict) or set(document) != {"layers"} or not isinstance(document["layers"], dict):
        raise GuestError("the plan's process did not say what holds it; this is a fault of agentflow, please report it")
    return {str(name): None if why is None else str(why) for name, why in document["layers"].items()}
