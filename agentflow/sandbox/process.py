"""One process behind the wall: frames over its socket, answered in order, a watchdog, and its death."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
from collections import deque
from dataclasses import dataclass
from typing import cast

from ..errors import GuestDied, GuestError, GuestLimit
from ..guest import frames
from ..records import Json

_DEATHS: dict[int, str] = {
    signal.SIGXCPU: "it used up its processor time",
    signal.SIGKILL: "it was killed: by the system for want of memory, or by somebody",
    signal.SIGSEGV: "the interpreter crashed",
    signal.SIGABRT: "the interpreter crashed: it may have run out of memory",
}


@dataclass(slots=True)
class _Exchange:
    """One request whose answer is awaited, and how long the child may take for it."""

    answer: asyncio.Future[Json]
    seconds: float
    turns: int

    def keep(self, answer: Json) -> None:
        if not self.answer.done():  # else whoever asked is gone
            self.answer.set_result(answer)

    def fail(self, error: GuestError) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)


class Process(asyncio.Protocol):
    """A child process that answers each frame with one frame, in order. The clock runs for the first that waits."""

    def __init__(self, child: subprocess.Popen[bytes], what: str) -> None:
        self._child = child
        self._what = what
        self._gone: str | None = None
        self._asked: deque[_Exchange] = deque()
        self._received = bytearray()
        self._outgoing: list[bytes] = []
        self._loop = asyncio.get_running_loop()
        self._due = float("inf")
        """When the first exchange must be over."""
        self._watch: asyncio.TimerHandle | None = None
        self._burial: asyncio.Task[None] | None = None
        self._transport: asyncio.WriteTransport

    @classmethod
    async def attach(cls, child: subprocess.Popen[bytes], ours: socket.socket, what: str) -> Process:
        """The child that was started with the other end of `ours`; `what` names it in errors."""
        process = cls(child, what)
        await process._loop.create_unix_connection(lambda: process, sock=ours)
        return process

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._child.pid

    @property
    def alive(self) -> bool:
        """Whether it can still be asked."""
        return self._gone is None and self._child.poll() is None

    async def ask(self, message: Json, seconds: float, turns: int = 1) -> Json:
        """Its answer. After so many seconds for each turn it is killed.

        Requests may follow each other without waiting; a cancelled caller leaves its exchange to end by itself.
        """
        return await self.send(message, seconds, turns)

    def send(self, message: Json, seconds: float, turns: int = 1) -> asyncio.Future[Json]:
        """What will be its answer. What is sent before the loop turns again goes out together."""
        try:
            frame = frames.pack(message)
        except frames.FrameError as error:
            raise GuestError(f"{self._what} cannot be handed this: {error}") from None
        if self._gone is not None:
            raise self._no_longer()
        exchange = _Exchange(self._loop.create_future(), seconds, turns)
        exchange.answer.add_done_callback(_take_note)
        self._asked.append(exchange)
        if len(self._asked) == 1:
            self._start_clock()
        if not self._outgoing:
            self._loop.call_soon(self._write)
        self._outgoing.append(frame)
        return exchange.answer

    async def end(self, why: str = "it has been closed") -> None:
        """Kill it and wait until it is gone."""
        self._gone = self._gone or why
        self._child.kill()
        self._transport.close()
        await asyncio.to_thread(self._child.wait)
        self._abandon()

    # what asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        try:
            while (message := self._take_frame()) is not None:
                self._asked.popleft().keep(message[0])
                self._start_clock()
        except frames.FrameError as error:
            self._condemn(f"it sent {error}", GuestError(f"{self._what} was killed: it sent {error}"))

    def connection_lost(self, error: Exception | None) -> None:
        self._stop_clock()
        if self._gone is None:
            self._gone = "it died"
            self._burial = asyncio.ensure_future(self._bury())

    # inside

    def _write(self) -> None:
        outgoing, self._outgoing = self._outgoing, []
        self._transport.write(b"".join(outgoing))

    def _take_frame(self) -> tuple[Json] | None:
        """The next whole frame, if it is here."""
        head = frames.LENGTH.size
        if len(self._received) < head or self._gone is not None:
            return None
        end = head + frames.size(bytes(self._received[:head]))
        if len(self._received) < end:
            return None
        body = bytes(self._received[head:end])
        del self._received[:end]
        if not self._asked:
            raise frames.FrameError("an answer to nothing")
        return (frames.unpack(body),)

    def _start_clock(self) -> None:
        """For the exchange that is the first now. One timer serves them all: it looks again when it comes too early."""
        if not self._asked:
            self._due = float("inf")
            return
        self._due = self._loop.time() + self._asked[0].seconds * self._asked[0].turns
        if self._watch is None or self._watch.when() > self._due:
            self._stop_clock()
            self._watch = self._loop.call_at(self._due, self._look)

    def _stop_clock(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None

    def _look(self) -> None:
        self._watch = None
        if self._loop.time() >= self._due:
            why = f"it spent more than {self._asked[0].seconds:g} s in one turn"
            said = f"{self._what} was killed: {why}; split the work into steps"
            self._condemn(why, GuestLimit(said, "turn_seconds"))
        elif self._asked:
            self._watch = self._loop.call_at(self._due, self._look)

    def _condemn(self, why: str, error: GuestError) -> None:
        """Kill it; the first that waits hears of the error, once the child is gone."""
        self._gone = why
        self._burial = asyncio.ensure_future(self._bury(error))

    async def _bury(self, error: GuestError | None = None) -> None:
        """Wait for its death, say how it died, and leave nobody waiting."""
        self._stop_clock()
        self._child.kill()
        self._transport.close()
        code = await asyncio.to_thread(self._child.wait)
        if error is None:
            self._gone = _DEATHS.get(-code, f"it ended with status {code}")
            error = GuestDied(f"{self._what} died: {self._gone}")
            if -code == signal.SIGXCPU:
                said = f"{self._what} was killed: {self._gone}; split the work into steps"
                error = GuestLimit(said, "turn_seconds")
        if self._asked:
            self._asked.popleft().fail(error)
        self._abandon()

    def _abandon(self) -> None:
        while self._asked:
            self._asked.popleft().fail(self._no_longer())

    def _no_longer(self) -> GuestDied:
        return GuestDied(f"{self._what} is gone: {self._gone}; open the run anew")


def _take_note(answer: asyncio.Future[Json]) -> None:
    """An exchange whose caller is gone ends unheard, its error too."""
    if not answer.cancelled():
        answer.exception()
