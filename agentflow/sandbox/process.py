"""One process behind the wall: frames over its socket, one request at a time, a watchdog, and its death."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
from typing import NoReturn

from ..errors import GuestDied, GuestError, GuestLimit
from ..guest import frames
from ..records import Json

_DEATHS: dict[int, str] = {
    signal.SIGXCPU: "it used up its processor time",
    signal.SIGKILL: "it was killed: by the system for want of memory, or by somebody",
    signal.SIGSEGV: "the interpreter crashed",
    signal.SIGABRT: "the interpreter crashed: it may have run out of memory",
}


class Process:
    """A child process that answers each frame with one frame."""

    def __init__(self, child: subprocess.Popen[bytes], what: str) -> None:
        self._child = child
        self._what = what
        self._turn = asyncio.Lock()
        self._gone: str | None = None
        self._reader: asyncio.StreamReader
        self._writer: asyncio.StreamWriter

    @classmethod
    async def attach(cls, child: subprocess.Popen[bytes], ours: socket.socket, what: str) -> Process:
        """The child that was started with the other end of `ours`; `what` names it in errors."""
        process = cls(child, what)
        process._reader, process._writer = await asyncio.open_unix_connection(sock=ours)
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

        A cancelled caller leaves the exchange to end by itself.
        """
        try:
            frame = frames.pack(message)
        except frames.FrameError as error:
            raise GuestError(f"{self._what} cannot be handed this: {error}") from None
        exchange = asyncio.ensure_future(self._exchange(frame, seconds, turns))
        exchange.add_done_callback(_take_note)
        return await asyncio.shield(exchange)

    async def end(self, why: str = "it has been closed") -> None:
        """Kill it and wait until it is gone."""
        self._gone = self._gone or why
        self._child.kill()
        self._writer.close()
        await asyncio.to_thread(self._child.wait)

    async def _exchange(self, frame: bytes, seconds: float, turns: int) -> Json:
        async with self._turn:
            if self._gone is not None:
                raise GuestDied(f"{self._what} is gone: {self._gone}; open the run anew")
            try:
                async with asyncio.timeout(seconds * turns):
                    return await self._send_and_receive(frame)
            except TimeoutError:
                await self._overrun(seconds)
            except frames.FrameError as error:
                await self.end(f"it sent {error}")
                raise GuestError(f"{self._what} was killed: it sent {error}") from None
            except (asyncio.IncompleteReadError, OSError):
                await self._bury()

    async def _send_and_receive(self, frame: bytes) -> Json:
        self._writer.write(frame)
        await self._writer.drain()
        header = await self._reader.readexactly(frames.LENGTH.size)
        return frames.unpack(await self._reader.readexactly(frames.size(header)))

    async def _overrun(self, seconds: float) -> NoReturn:
        why = f"it spent more than {seconds:g} s in one turn"
        await self.end(why)
        raise GuestLimit(f"{self._what} was killed: {why}; split the work into steps", "turn_seconds") from None

    async def _bury(self) -> NoReturn:
        """Say how it died."""
        if self._gone is not None:
            raise GuestDied(f"{self._what} is gone: {self._gone}; open the run anew") from None
        await self.end("it died")
        code = self._child.returncode
        self._gone = _DEATHS.get(-code, f"it ended with status {code}") if code < 0 else f"it ended with status {code}"
        if -code == signal.SIGXCPU:
            raise GuestLimit(
                f"{self._what} was killed: {self._gone}; split the work into steps", "turn_seconds"
            ) from None
        raise GuestDied(f"{self._what} died: {self._gone}") from None


def _take_note(exchange: asyncio.Future[Json]) -> None:
    """An exchange whose caller is gone ends unheard, its error too."""
    if not exchange.cancelled():
        exchange.exception()
