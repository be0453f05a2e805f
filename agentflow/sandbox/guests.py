"""A guest: the process of one agent version's code, and the activations in it."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

from ..errors import Diverged, GuestDied, GuestError, GuestLimit
from ..records import Json
from ..records.moments import Looked
from . import Body, Code, End, Opening, Turn, commands, memory, reading
from .process import Allowance, Process
from .zygotes import LIFE

PORTION = 100
"""Deliveries in one frame, at most."""
PORTION_BYTES = 1024 * 1024
MOST_ACTIVATIONS = 2000
"""Runs that a guest takes in its life: those that are let go stay in its memory."""
TIRED = 500
"""Runs after which it is not kept warm when it has nothing to do."""
BORN_MB = 3.0
"""What a process with a small plan does not share with its fork server any more: 2 to 3.5 MiB, as measured."""
MEASURED = 16
"""After so many runs its memory and its processor time are looked at again."""
T = TypeVar("T")


class Guest:
    """A process that holds one code."""

    def __init__(self, code: Code, process: Process) -> None:
        self.code = code
        self.process = process
        self.live = 0
        limits = code.limits
        self._may = Allowance(limits.turn_seconds, limits.cpu_seconds, limits.turn_bytes)
        self._opened = 0
        self._run: str | None = None
        self.shared = False
        """Whether it has had more than one run: what it holds, and what it dies of, may be another's."""
        self._measured = 0
        self._spent = False
        self._blank = memory.in_use(process.pid)
        self.own_mb = BORN_MB
        """MiB that it had of its own when it was last looked at: what it has more than it was born with."""
        self.measured_at = 0.0

    @classmethod
    async def load(cls, code: Code, process: Process) -> Guest:
        """Put a code into a process that holds none yet."""
        guest = cls(code, process)
        process.what = f"the process of {code.name or code.agent}@{code.version}"
        load = {"op": "load", "code": base64.b64encode(code.blob).decode(), "entry": code.entry}
        await guest.read(guest.send(load), partial(commands.done, word="loaded"))
        return guest

    @property
    def awaited(self) -> bool:
        """Whether it has had no run yet: it was started for one, which is about to come."""
        return self._opened == 0

    @property
    def worn(self) -> bool:
        """Whether it should take no further run: it has had many, or half of what it may use in its life is used."""
        if self._opened >= self._measured:
            self._measured = self._opened + MEASURED
            most = self.code.limits.memory_mb
            self._spent = memory.mapped(self.process.pid) * 2 > most or self.process.processor_time() * 2 > LIFE
        return self._spent or self._opened >= MOST_ACTIVATIONS

    @property
    def tired(self) -> bool:
        """Whether it should end when it has nothing to do: what it remembers of its runs takes memory."""
        return self.worn or self._opened >= TIRED

    def measure(self) -> None:
        """Look at its memory."""
        self.measured_at = time.monotonic()
        self.own_mb = BORN_MB + max(0.0, memory.in_use(self.process.pid) - self._blank)

    def reserve(self, run: str) -> str:
        """A name for one more activation, of this run."""
        self.shared = self.shared or self._run not in {None, run}
        self._run = run
        self._opened += 1
        self.live += 1
        return f"a{self._opened}"

    def send(self, message: Json, turns: int = 1) -> asyncio.Future[bytes]:
        """What will be the frame of its answer to a message of so many turns."""
        return self.process.send(message, self._may if turns == 1 else replace(self._may, turns=turns))

    async def read(self, answer: asyncio.Future[bytes], meaning: Callable[[Json], T]) -> T:
        """What `meaning` makes of an answer; the guest is killed if it is not in order."""
        frame = await answer
        try:
            return await reading.read(frame, meaning)
        except Diverged:
            raise
        except GuestError as error:
            await self.process.end(str(error))
            raise


class GuestActivation:
    """One run in a guest. `on_death` is called where the guest died over it, `on_close` when it no longer needs it."""

    def __init__(self, guest: Guest, name: str, *, on_death: Callable[[], None], on_close: Callable[[], None]) -> None:
        self._guest = guest
        self._name = name
        self._on_death = on_death
        self._on_close = on_close
        self._checks = commands.Checks(guest.code.limits.turn_commands)
        self._opened: asyncio.Future[bytes] | None = None
        self._unfit: str | None = None

    def open(self, opening: Opening) -> None:
        """Have the module's body run. Its answer is looked at when the next one is there: both are on their way."""
        run = {"run": opening.run, "generation": opening.generation, "agent": opening.agent}
        most = {"commands": self._guest.code.limits.turn_commands}
        message = {"op": "open", "activation": self._name, "event": opening.event, **run, **most}
        self._opened = self._guest.send(message)

    async def turns(self, deliveries: Sequence[dict[str, Json]]) -> list[Turn]:
        """Hand over deliveries, in as many frames as they need: one turn for each."""
        turns: list[Turn] = []
        while len(turns) < len(deliveries):
            portion = _portion(deliveries, len(turns))
            read = partial(self._checks.turns, most=len(portion))
            turns += await self._ask({"op": "turns", "deliveries": portion}, read, len(portion))
        return turns

    async def call(self, key: str, attempt: int, at: float) -> Body:
        """Run the body of a function step."""
        return await self._ask({"op": "call", "key": key, "attempt": attempt, "at": at}, self._checks.body)

    async def evaluate(self, key: str, what: str, at: float, given: dict[str, Json]) -> End:
        """Call a function that was given with a step."""
        ask = {"op": "evaluate", "key": key, "what": what, "at": at, **given}
        return await self._ask(ask, partial(self._checks.evaluated, what=what))

    async def answer(self, call: int, *, ok: Json = None, error: dict[str, Json] | None = None) -> Body:
        """Answer one tool call of the body."""
        outcome = {"ok": ok} if error is None else {"error": error}
        return await self._ask({"op": "answer", "call": call, **outcome}, self._checks.body)

    async def look(self) -> Looked:
        """Where the run stands between two turns."""
        return await self._ask({"op": "look"}, commands.looked)

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

    def _hungry(self) -> GuestError:
        """Who asked last need not be who has taken the memory: that shows when the run has a guest to itself."""
        why = f"it needed more than {self._guest.code.limits.memory_mb} MB of memory"
        said = f"{self._guest.process.what} was killed: {why}"
        if self._guest.shared:
            self._on_death()
            return GuestDied(f"{said}, for all of its runs; open the run anew", own=True)
        return GuestLimit(f"{said} ({commands.MEMORY}): keep less of it, or pass references", commands.MEMORY)

    async def _ask(self, message: dict[str, Json], read: Callable[[Json], T], turns: int = 1) -> T:
        if self._unfit is not None:
            raise GuestDied(f"this activation cannot go on: {self._unfit}; open the run anew")
        try:
            answer = self._guest.send({**message, "activation": self._name}, turns)
            opened, self._opened = self._opened, None
            if opened is not None:
                await self._guest.read(opened, partial(commands.done, word="opened"))
            return await self._guest.read(answer, read)
        except GuestDied as death:
            if death.own:
                self._on_death()
            raise
        except GuestLimit as limit:
            if limit.limit != commands.MEMORY:
                raise
            raise self._hungry() from None
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


def _nothing() -> None:
    """Stands where a callback has been used up."""
