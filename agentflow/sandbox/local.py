"""Guests as processes of this machine: one per agent version while it is needed, kept warm for a while."""

from __future__ import annotations

import asyncio
import hashlib
import heapq
import json
from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial

from ..records import Compiled, ToolSpec
from . import Code, GuestLimits, Layers, Opening
from .blanks import Blanks
from .compiling import compile_source
from .guests import Guest, GuestActivation

Key = tuple[str, int, str, GuestLimits]
REMEMBERED = 100
"""Sources whose compilation is kept: a goal's plan is checked when it comes, and again when it is registered."""
LOOKS = 16
"""Guests whose memory is looked at when one more is started."""
APART = 1000
"""Runs that are remembered for having ended a guest, until they are opened anew."""


class ProcessSandbox:
    """The sandbox of one worker. A guest without runs ends after `idle_seconds`, or when all take too much memory.

    `unsafe` runs plans where this machine cannot confine them.
    """

    def __init__(
        self,
        memory_mb: int = GuestLimits().memory_mb,
        *,
        unsafe: bool = False,
        idle_seconds: float = 60.0,
        all_memory_mb: int = 1536,
    ) -> None:
        self._idle_seconds = idle_seconds
        self._all_memory_mb = all_memory_mb
        self._blanks = Blanks(memory_mb, unsafe=unsafe)
        self._compiled: OrderedDict[str, Compiled] = OrderedDict()
        self._current: dict[Key, asyncio.Task[Guest]] = {}
        self._idle: dict[Guest, asyncio.TimerHandle] = {}
        """The guests without runs, the one that has been idle for longest first."""
        self._guests: set[Guest] = set()
        self._ending: set[asyncio.Task[None]] = set()
        self._alone: deque[str] = deque(maxlen=APART)
        """Runs that a guest died over: each is next opened in one of its own, so that it takes no neighbours along."""

    async def layers(self) -> Layers:
        """What holds a plan's process on this machine."""
        return self._blanks.layers or await self._blanks.probe()

    async def compile(self, source: str, tools: Sequence[ToolSpec] | None) -> Compiled:
        """Check and compile a source, in a process of its own; once, while nothing that matters is another."""
        key = _digest(source, tools)
        if (known := self._compiled.get(key)) is None:
            known = self._compiled[key] = await compile_source(source, tools, self._blanks.compiler)
        self._compiled.move_to_end(key)
        if len(self._compiled) > REMEMBERED:
            self._compiled.popitem(last=False)
        return known

    async def open(self, code: Code, opening: Opening) -> GuestActivation:
        """An activation in the guest of that code, which is started if there is none that can take it."""
        run = opening.run
        guest = await (self._apart(code, run) if run in self._alone else self._guest(code))
        self._wake(guest)
        activation = GuestActivation(
            guest,
            guest.reserve(run),
            on_death=partial(self._alone.append, run),
            on_close=partial(self._release, guest),
        )
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
        await self._blanks.close()

    async def _guest(self, code: Code) -> Guest:
        task = self._current.get(_key(code))
        if task is None or not _fit(task):
            task = self._current[_key(code)] = asyncio.ensure_future(self._start(code))
            task.add_done_callback(partial(self._forget_failed, _key(code)))
        return await asyncio.shield(task)

    def _forget_failed(self, key: Key, task: asyncio.Task[Guest]) -> None:
        if _guest_of(task) is None and self._current.get(key) is task:
            del self._current[key]

    async def _apart(self, code: Code, run: str) -> Guest:
        """A guest that takes no other run. What the run opens beside this one has another: it is said once."""
        self._alone.remove(run)
        return await asyncio.shield(asyncio.ensure_future(self._start(code)))

    async def _start(self, code: Code) -> Guest:
        guest = await Guest.load(code, await self._blanks.take(code.limits.memory_mb))
        self._guests.add(guest)
        self._rest(guest)
        self._measure()
        self._make_room()
        return guest

    def _measure(self) -> None:
        """Guests that have runs grow: some are looked at each time, those first that were not for longest."""
        for guest in heapq.nsmallest(LOOKS, self._guests, key=lambda guest: guest.measured_at):
            guest.measure()

    def _make_room(self) -> None:
        """While all of them take too much memory, end the one that has been idle for longest."""
        while sum(guest.own_mb for guest in self._guests) > self._all_memory_mb:
            idle = next((guest for guest in self._idle if not guest.awaited), None)
            if idle is None:
                return
            self._end(idle)

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
            self._make_room()  # there was none to end when the last one was started, if all had runs

    def _rest(self, guest: Guest) -> None:
        guest.measure()
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
    return code.agent, code.version, code.sha256, code.limits


def _digest(source: str, tools: Sequence[ToolSpec] | None) -> str:
    """Of all that a compilation depends on; the policy and the interpreter are those of this process."""
    specs = None if tools is None else [asdict(tool) for tool in tools]
    return hashlib.sha256(json.dumps([source, specs], sort_keys=True).encode(errors="surrogatepass")).hexdigest()
