"""A guest: the process of one agent version's code, and the activations in it."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from ..errors import Diverged, GuestDied, GuestError
from ..records import Json
from . import Body, Code, End, Opening, Turn, commands, launch
from .process import Process

PORTION = 100
"""Deliveries in one frame, at most."""
PORTION_BYTES = 1024 * 1024
MOST_ACTIVATIONS = 200
"""Runs that a guest takes in its life: those that are let go stay in its memory."""
T = TypeVar("T")


class Guest:
    """A process that holds one code."""

    def __init__(self, code: Code, process: Process, *, memory_mb: int, turn_seconds: float) -> None:
        self.code = code
        self.process = process
        self.live = 0
        self._memory_mb = memory_mb
        self._turn_seconds = turn_seconds
        self._opened = 0

    @classmethod
    async def start(cls, code: Code, *, memory_mb: int, turn_seconds: float) -> Guest:
        """A new process with this code in it."""
        child, ours = launch.guest(memory_mb, turn_seconds)
        process = await Process.attach(child, ours, f"the process of {code.agent}@{code.version}")
        guest = cls(code, process, memory_mb=memory_mb, turn_seconds=turn_seconds)
        blob = base64.b64encode(code.blob).decode()
        await guest.ask({"op": "load", "code": blob, "entry": code.entry}, partial(commands.done, word="loaded"))
        return guest

    @property
    def worn(self) -> bool:
        """Whether it should take no further run: it has had many, or half of its memory is used."""
        return self._opened >= MOST_ACTIVATIONS or _megabytes(self.process.pid) * 2 > self._memory_mb

    def reserve(self) -> str:
        """A name for one more activation."""
        self._opened += 1
        self.live += 1
        return f"a{self._opened}"

    async def ask(self, message: Json, read: Callable[[Json], T], turns: int = 1) -> T:
        """What `read` makes of its answer to a message of so many turns; killed if the answer is not in order."""
        response = await self.process.ask(message, self._turn_seconds, turns)
        try:
            return read(commands.answered(response))
        except Diverged:
            raise
        except GuestError as error:
            await self.process.end(str(error))
            raise


class GuestActivation:
    """One run in a guest. `on_close` is called once, when it no longer needs the guest."""

    def __init__(self, guest: Guest, name: str, on_close: Callable[[], None]) -> None:
        self._guest = guest
        self._name = name
        self._on_close = on_close
        self._checks = commands.Checks()
        self._unfit: str | None = None

    async def open(self, opening: Opening) -> None:
        """Run the module's body."""
        run = {"run": opening.run, "generation": opening.generation, "agent": self._guest.code.agent}
        await self._ask({"op": "open", "event": opening.event, **run}, partial(commands.done, word="opened"))

    async def turns(self, deliveries: Sequence[dict[str, Json]]) -> list[Turn]:
        """Hand over deliveries, in as many frames as they need: one turn for each."""
        turns: list[Turn] = []
        while len(turns) < len(deliveries):
            portion = _portion(deliveries, len(turns))
            read = partial(self._checks.turns, most=len(portion))
            turns += await self._ask({"op": "turns", "deliveries": portion}, read, len(portion))
            await self._spare_others(turns[-1].end)
        return turns

    async def call(self, key: str, attempt: int, at: float) -> Body:
        """Run the body of a function step."""
        body = await self._ask({"op": "call", "key": key, "attempt": attempt, "at": at}, self._checks.body)
        await self._spare_others(body.end)
        return body

    async def evaluate(self, key: str, what: str, at: float, given: dict[str, Json]) -> End:
        """Call a function that was given with a step."""
        ask = {"op": "evaluate", "key": key, "what": what, "at": at, **given}
        end = await self._ask(ask, partial(self._checks.evaluated, what=what))
        await self._spare_others(end)
        return end

    async def answer(self, call: int, *, ok: Json = None, error: dict[str, Json] | None = None) -> Body:
        """Answer one tool call of the body."""
        outcome = {"ok": ok} if error is None else {"error": error}
        body = await self._ask({"op": "answer", "call": call, **outcome}, self._checks.body)
        await self._spare_others(body.end)
        return body

    async def close(self) -> None:
        """Drop the run's coroutines. Closing twice, or after the guest has died, is fine."""
        if self._on_close is _nothing:
            return
        on_close, self._on_close = self._on_close, _nothing
        try:
            if self._guest.process.alive:
                self._unfit = None
                await self._ask({"op": "close"}, partial(commands.done, word="closed"))
        except GuestError:
            await self._guest.process.end("it could not close a run")
        finally:
            self._unfit = "it has been closed"
            on_close()

    async def _spare_others(self, end: End | None) -> None:
        """Where this run has used up the memory, the others of this guest go on in another one."""
        if end is not None and end.error is not None and end.error["type"] == "MemoryError":
            await self._guest.process.end("it ran out of memory")

    async def _ask(self, message: dict[str, Json], read: Callable[[Json], T], turns: int = 1) -> T:
        if self._unfit is not None:
            raise GuestDied(f"this activation cannot go on: {self._unfit}; open the run anew")
        try:
            return await self._guest.ask({**message, "activation": self._name}, read, turns)
        except Diverged:
            self._unfit = "its history belongs to other code"
            raise
        except asyncio.CancelledError:
            self._unfit = "its last request was given up half-way"
            raise


def _portion(deliveries: Sequence[dict[str, Json]], start: int) -> list[dict[str, Json]]:
    """What fits into the next frame, at least one delivery."""
    portion = [deliveries[start]]
    size = _size(deliveries[start])
    for delivery in deliveries[start + 1 : start + PORTION]:
        size += _size(delivery)
        if size > PORTION_BYTES:
            break
        portion.append(delivery)
    return portion


def _size(delivery: dict[str, Json]) -> int:
    return len(json.dumps(delivery, ensure_ascii=False).encode(errors="replace"))


def _megabytes(pid: int) -> float:
    """The address space that a process uses, where the kernel tells (Linux); 0 elsewhere."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[0])
    except OSError:
        return 0.0
    return pages * 4096 / 2**20


def _nothing() -> None:
    """Stands where a callback has been used up."""
