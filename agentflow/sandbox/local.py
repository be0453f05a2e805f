"""Guests as processes of this machine: one per agent version while it is needed, kept warm for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from ..records import Compiled, ToolSpec
from . import Code, Opening
from .compiling import compile_source
from .guests import Guest, GuestActivation

Key = tuple[str, int, str]


class ProcessSandbox:
    """The sandbox of one worker. A guest without runs ends after `idle_seconds`, or when there are too many guests."""

    def __init__(
        self,
        turn_seconds: float = 10.0,
        memory_mb: int = 256,
        *,
        idle_seconds: float = 60.0,
        most_guests: int = 64,
    ) -> None:
        self._turn_seconds = turn_seconds
        self._memory_mb = memory_mb
        self._idle_seconds = idle_seconds
        self._most_guests = most_guests
        self._current: dict[Key, asyncio.Task[Guest]] = {}
        self._idle: dict[Guest, asyncio.TimerHandle] = {}
        """The guests without runs, the one that has been idle for longest first."""
        self._guests: set[Guest] = set()
        self._ending: set[asyncio.Task[None]] = set()

    async def compile(self, source: str, tools: Sequence[ToolSpec] | None) -> Compiled:
        """Check and compile a source, in a process of its own."""
        return await compile_source(source, tools)

    async def open(self, code: Code, opening: Opening) -> GuestActivation:
        """An activation in the guest of that code, which is started if there is none that can take it."""
        guest = await self._guest(code)
        self._wake(guest)
        activation = GuestActivation(guest, guest.reserve(), lambda: self._release(guest))
        try:
            activation.open(opening)
        except BaseException:
            await activation.close()
            raise
        return activation

    async def close(self) -> None:
        """Kill every guest."""
        starting = [task for task in self._current.values() if not task.done()]
        await asyncio.gather(*starting, return_exceptions=True)
        for guest in list(self._guests):
            self._end(guest)
        await asyncio.gather(*self._ending)

    async def _guest(self, code: Code) -> Guest:
        task = self._current.get(_key(code))
        if task is None or not _fit(task):
            task = self._current[_key(code)] = asyncio.ensure_future(self._start(code))
        return await asyncio.shield(task)

    async def _start(self, code: Code) -> Guest:
        if len(self._guests) >= self._most_guests and self._idle:
            self._end(next(iter(self._idle)))
        guest = await Guest.start(code, memory_mb=self._memory_mb, turn_seconds=self._turn_seconds)
        self._guests.add(guest)
        self._rest(guest)
        return guest

    def _wake(self, guest: Guest) -> None:
        timer = self._idle.pop(guest, None)
        if timer is not None:
            timer.cancel()

    def _release(self, guest: Guest) -> None:
        """One of its runs is gone. After the last one it is kept warm, if it can still be used."""
        guest.live -= 1
        if guest.live or guest not in self._guests:
            return
        if guest.tired or not guest.process.alive or not self._is_current(guest):
            self._end(guest)
        else:
            self._rest(guest)

    def _rest(self, guest: Guest) -> None:
        self._idle[guest] = asyncio.get_running_loop().call_later(self._idle_seconds, self._end, guest)

    def _is_current(self, guest: Guest) -> bool:
        task = self._current.get(_key(guest.code))
        return task is not None and task.done() and _guest_of(task) is guest

    def _end(self, guest: Guest) -> None:
        self._wake(guest)
        self._guests.discard(guest)
        if self._is_current(guest):
            del self._current[_key(guest.code)]
        ending = asyncio.ensure_future(guest.process.end())
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)


def _fit(task: asyncio.Task[Guest]) -> bool:
    """Whether a guest can take a further run; one that is being started can."""
    if not task.done():
        return True
    guest = _guest_of(task)
    return guest is not None and guest.process.alive and not guest.worn


def _guest_of(task: asyncio.Task[Guest]) -> Guest | None:
    """The guest that was started, or None where that failed."""
    return None if task.cancelled() or task.exception() is not None else task.result()


def _key(code: Code) -> Key:
    return code.agent, code.version, code.sha256
