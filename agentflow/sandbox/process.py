"""One process behind the wall: frames over its socket, answered in order, a watchdog, and its death.

Frames are kept as bytes here: they are read by whoever asked, who knows what to expect, and not in the middle of the
event loop, where a hostile one could hold everybody up.
"""

from __future__ import annotations

import asyncio
import signal
from collections import deque
from dataclasses import dataclass
from typing import cast

from ..errors import GuestDied, GuestError, GuestLimit
from ..guest import frames
from ..records import Json
from .zygotes import Child

_DEATHS: dict[int, str] = {
    signal.SIGXCPU: "it used up the processor time of its life",
    signal.SIGKILL: "it was killed: by the system for want of memory, or by somebody",
    signal.SIGSEGV: "the interpreter crashed",
    signal.SIGABRT: "the interpreter crashed: it may have run out of memory",
    signal.SIGSYS: "it made a system call that no plan may make",
}
_SOON = 0.005
"""Seconds between two looks at a clock that is nearly over."""
_LATE = 1.0
"""Seconds by which a look came too late that show that this process did not run: it was stopped, or held up."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a process may use until its answer is there."""

    seconds: float
    cpu_seconds: float
    size: int = frames.LIMIT
    """Bytes of the answer."""
    turns: int = 1
    """How many turns the answer is for: each may use as much."""


IDLE = Allowance(seconds=float("inf"), cpu_seconds=5.0)
"""What a process may use while nothing is asked of it. It has nothing to do then, unless somebody has taken it over."""


@dataclass(slots=True)
class _Exchange:
    """One request whose answer is awaited."""

    answer: asyncio.Future[bytes]
    may: Allowance
    spared: bool = False
    """Its clock has been started anew."""

    def keep(self, answer: bytes) -> None:
        if not self.answer.done():  # else whoever asked is gone
            self.answer.set_result(answer)

    def fail(self, error: GuestError) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)


class Process(asyncio.Protocol):
    """A child process that answers each frame with one frame, in order. The clocks run for the first that waits."""

    def __init__(self, child: Child, what: str) -> None:
        self.what = what
        """Its name in errors."""
        self._child = child
        self._gone: str | None = None
        self._asked: deque[_Exchange] = deque()
        self._received = bytearray()
        self._outgoing: list[bytes] = []
        self._loop = asyncio.get_running_loop()
        self._due = float("inf")
        """When the first exchange must be over."""
        self._cpu_due = float("inf")
        """How much processor time the child may have used by then."""
        self._watch: asyncio.TimerHandle | None = None
        self._burial: asyncio.Task[None] | None = None
        self._transport: asyncio.WriteTransport

    @classmethod
    async def attach(cls, child: Child, what: str, greeting: Allowance) -> tuple[Process, bytes]:
        """The process of a child, and what it says of itself, unasked."""
        process = cls(child, what)
        said = process._expect(greeting)
        await process._loop.create_unix_connection(lambda: process, sock=child.connection)
        try:
            await asyncio.shield(child.born)  # it is the fork server's to say, also where nobody waits any more
            return process, await said
        except BaseException:
            await process.end("it did not start")
            raise

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._child.pid

    @property
    def alive(self) -> bool:
        """Whether it can still be asked."""
        return self._gone is None and not self._child.ended.done()

    def processor_time(self) -> float:
        """Seconds that it has used in its life."""
        return self._child.processor_time()

    def send(self, message: Json, may: Allowance) -> asyncio.Future[bytes]:
        """What will be the frame of its answer; it is killed where that takes more than it may.

        Requests may follow each other without waiting. What is sent before the loop turns again goes out together.
        A cancelled caller leaves its exchange to end by itself.
        """
        try:
            frame = frames.pack(message)
        except frames.FrameError as error:
            raise GuestError(f"{self.what} cannot be handed this: {error}") from None
        if self._gone is not None:
            raise self._no_longer()
        answer = self._expect(may)
        if not self._outgoing:
            self._loop.call_soon(self._write)
        self._outgoing.append(frame)
        return answer

    async def end(self, why: str = "it has been closed") -> None:
        """Kill it and wait until it is gone."""
        self._gone = self._gone or why
        self._child.kill()
        self._transport.close()
        await asyncio.shield(self._child.ended)
        self._abandon()

    # what asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        try:
            while (body := self._take_frame()) is not None:
                self._asked.popleft().keep(body)
                self._start_clock()
        except GuestError as error:
            self._condemn(str(error), error)

    def connection_lost(self, error: Exception | None) -> None:
        self._stop_clock()
        if self._gone is None:
            self._gone = "it died"
            self._burial = asyncio.ensure_future(self._bury())

    # inside

    def _expect(self, may: Allowance) -> asyncio.Future[bytes]:
        exchange = _Exchange(self._loop.create_future(), may)
        exchange.answer.add_done_callback(_take_note)
        self._asked.append(exchange)
        if len(self._asked) == 1:
            self._start_clock()
        return exchange.answer

    def _write(self) -> None:
        outgoing, self._outgoing = self._outgoing, []
        self._transport.write(b"".join(outgoing))

    def _take_frame(self) -> bytes | None:
        """The next whole frame, if it is here. What is too long is refused before it is."""
        head = frames.LENGTH.size
        if len(self._received) < head or self._gone is not None:
            return None
        if not self._asked:
            raise GuestError(f"{self.what} was killed: it sent an answer to nothing")
        size = int.from_bytes(self._received[:head])
        self._check_size(size, self._asked[0].may)
        if len(self._received) < head + size:
            return None
        body = bytes(self._received[head : head + size])
        del self._received[: head + size]
        return body

    def _check_size(self, size: int, may: Allowance) -> None:
        most = min(may.size * may.turns, frames.LIMIT)
        if size > most:
            why = f"it said {size} bytes at once, of at most {most}: pass references instead of large values"
            raise GuestLimit(f"{self.what} was killed: {why}", "turn_bytes")

    def _start_clock(self) -> None:
        """For the exchange that is the first now. One timer serves them all: it looks again when it comes too early."""
        may = self._asked[0].may if self._asked else IDLE
        self._due = self._loop.time() + may.seconds * may.turns
        self._cpu_due = self._child.processor_time() + may.cpu_seconds * may.turns
        look = min(self._due, self._loop.time() + may.cpu_seconds * may.turns)
        if self._watch is None or self._watch.when() > look:
            self._look_at(look)

    def _look_at(self, moment: float) -> None:
        self._stop_clock()
        self._watch = self._loop.call_at(moment, self._look)

    def _stop_clock(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None

    def _look(self) -> None:
        """Nobody uses more processor time than goes by on the wall: there is no need to look before that has gone."""
        watch, self._watch = self._watch, None
        if watch is not None and self._loop.time() - watch.when() > _LATE and self._spare():
            return
        now, left = self._loop.time(), self._cpu_due - self._child.processor_time()
        if now >= self._due:
            self._overdrawn("turn_seconds", f"{self._asked[0].may.seconds:g} s")
        elif left <= 0 and not self._asked:
            why = f"it spent more than {IDLE.cpu_seconds:g} s of processor time when it had nothing to do"
            self._condemn(why, GuestDied(f"{self.what} was killed: {why}"))
        elif left <= 0:
            self._overdrawn("turn_cpu_seconds", f"{self._asked[0].may.cpu_seconds:g} s of processor time")
        else:
            self._look_at(min(self._due, now + max(left, _SOON)))

    def _spare(self) -> bool:
        """Start the clock anew, once: where this process did not run, the answer may be there and not yet read."""
        if not self._asked or self._asked[0].spared:
            return False
        self._asked[0].spared = True
        self._start_clock()
        return True

    def _overdrawn(self, limit: str, most: str) -> None:
        why = f"it spent more than {most} in one turn"
        self._condemn(why, GuestLimit(f"{self.what} was killed: {why} ({limit}); split the work into steps", limit))

    def _condemn(self, why: str, error: GuestError) -> None:
        """Kill it; the first that waits hears of the error, once the child is gone."""
        self._gone = why
        self._burial = asyncio.ensure_future(self._bury(error))

    async def _bury(self, error: GuestError | None = None) -> None:
        """Wait for its death, say how it died, and leave nobody waiting."""
        self._stop_clock()
        self._child.kill()
        self._transport.close()
        code = await asyncio.shield(self._child.ended)
        if error is None:
            self._gone = _DEATHS.get(-code, f"it ended with status {code}")
            error = GuestDied(f"{self.what} died: {self._gone}", own=True)
        if self._asked:
            self._asked.popleft().fail(error)
        self._abandon()

    def _abandon(self) -> None:
        while self._asked:
            self._asked.popleft().fail(self._no_longer())

    def _no_longer(self) -> GuestDied:
        return GuestDied(f"{self.what} is gone: {self._gone}; open the run anew")


def _take_note(answer: asyncio.Future[bytes]) -> None:
    """An exchange whose caller is gone ends unheard, its error too."""
    if not answer.cancelled():
        answer.exception()
