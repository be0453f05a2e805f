"""A guest: the process of one agent version's code, and the activations in it."""

from __future__ import annotations

import asyncio
import base64
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
MOST_ACTIVATIONS = 2000
"""Runs that a guest takes in its life: those that are let go stay in its memory."""
TIRED = 500
"""Runs after which it is not kept warm when it has nothing to do."""
MEASURED = 16
"""After so many runs its memory is looked at again."""
STARTING = 20.0
"""Seconds that an interpreter may take to start, however busy the machine is."""
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
        self._measured = 0
        self._large = False

    @classmethod
    async def start(cls, code: Code, *, memory_mb: int, turn_seconds: float) -> Guest:
        """A new process with this code in it."""
        child, ours = launch.guest(memory_mb, turn_seconds)
        process = await Process.attach(child, ours, f"the process of {code.agent}@{code.version}")
        guest = cls(code, process, memory_mb=memory_mb, turn_seconds=turn_seconds)
        load = {"op": "load", "code": base64.b64encode(code.blob).decode(), "entry": code.entry}
        await guest.ask(load, partial(commands.done, word="loaded"), seconds=STARTING + turn_seconds)
        return guest

    @property
    def worn(self) -> bool:
        """Whether it should take no further run: it has had many, or half of its memory is used."""
        if self._opened >= self._measured:
            self._measured = self._opened + MEASURED
            self._large = _megabytes(self.process.pid) * 2 > self._memory_mb
        return self._large or self._opened >= MOST_ACTIVATIONS

    @property
    def tired(self) -> bool:
        """Whether it should end when it has nothing to do: what it remembers of its runs takes memory."""
        return self.worn or self._opened >= TIRED

    def reserve(self) -> str:
        """A name for one more activation."""
        self._opened += 1
        self.live += 1
        return f"a{self._opened}"

    async def ask(self, message: Json, read: Callable[[Json], T], turns: int = 1, *, seconds: float | None = None) -> T:
        """What `read` makes of its answer to a message of so many turns; killed if the answer is not in order."""
        return await self.read(self.process.send(message, seconds or self._turn_seconds, turns), read)

    def send(self, message: Json, turns: int = 1) -> asyncio.Future[Json]:
        """What will be its answer to a message of so many turns."""
        return self.process.send(message, self._turn_seconds, turns)

    async def read(self, answer: asyncio.Future[Json], read: Callable[[Json], T]) -> T:
        """What `read` makes of an answer; the guest is killed if it is not in order."""
        response = await answer
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
        self._opened: asyncio.Future[Json] | None = None
        self._unfit: str | None = None

    def open(self, opening: Opening) -> None:
        """Have the module's body run. Its answer is looked at when the next one is there: both are on their way."""
        run = {"run": opening.run, "generation": opening.generation, "agent": opening.agent}
        message = {"op": "open", "activation": self._name, "event": opening.event, **run}
        self._opened = self._guest.send(message)

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
            answer = self._guest.send({**message, "activation": self._name}, turns)
            opened, self._opened = self._opened, None
            if opened is not None:
                await self._guest.read(opened, partial(commands.done, word="opened"))
            return await self._guest.read(answer, read)
        except Diverged:
            self._unfit = "its history belongs to other code"
            raise
        except asyncio.CancelledError:
            self._unfit = "its last request was given up half-way"
            raise


def _portion(deliveries: Sequence[dict[str, Json]], start: int) -> list[dict[str, Json]]:
    """What fits into the next frame, at least one delivery."""
    portion = [deliveries[start]]
    if start + 1 == len(deliveries):
        return portion
    size = _size(deliveries[start])
    for delivery in deliveries[start + 1 : start + PORTION]:
        size += _size(delivery)
        if size > PORTION_BYTES:
            break
        portion.append(delivery)
    return portion


def _size(delivery: dict[str, Json]) -> int:
    """Its bytes as JSON, nearly: at least half of them."""
    text = repr(delivery)
    return len(text) if text.isascii() else len(text.encode(errors="replace"))


def _megabytes(pid: int) -> float:
    """The address space that a process uses, where the kernel tells (Linux); 0 elsewhere."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[0])
    except OSError:
        return 0.0
    return pages * 4096 / 2**20


def _nothing() -> None:
    """Stands where a callback has been used up."""
