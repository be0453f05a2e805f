"""The one place that asks what time it is, so that tests can say."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> float:
        """Epoch seconds."""
        ...

    async def wait(self, event: asyncio.Event, until: float | None) -> None:
        """Return when the event is set or the moment has come, whichever is first."""
        ...


class SystemClock:
    """The machine's own."""

    def now(self) -> float:
        return time.time()

    async def wait(self, event: asyncio.Event, until: float | None) -> None:
        if until is None:
            await event.wait()
        elif (left := until - self.now()) > 0 and not event.is_set():
            # Not `wait_for`: in Python 3.11 it swallows a cancellation that comes together with the event.
            with suppress(TimeoutError):
                async with asyncio.timeout(min(left, 3600.0)):
                    await event.wait()


class StillClock:
    """Stands until it is moved; starts at an arbitrary moment. `advance` wakes whoever waited for what has come."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self._now = now
        self._passed = 0.0
        self._moved = asyncio.Event()

    def now(self) -> float:
        """Epoch seconds."""
        return self._now

    @property
    def moment(self) -> datetime:
        """Now, as a datetime in UTC."""
        return datetime.fromtimestamp(self._now, UTC)

    def advance(self, seconds: float) -> None:
        """Move on, or with a negative length back, at once and whatever is going on.

        Who waits counts the time that passes, as by the machine's own clock: a clock that is put back keeps nobody
        waiting for longer.
        """
        self._now += seconds
        self._passed += max(0.0, seconds)
        self._moved.set()
        self._moved = asyncio.Event()

    async def wait(self, event: asyncio.Event, until: float | None) -> None:
        """Return when the event is set or the moment has come, whichever is first."""
        until = float("inf") if until is None else until
        end = self._passed + (until - self._now)
        while not event.is_set() and self._now < until and self._passed < end:
            waiters = [asyncio.ensure_future(event.wait()), asyncio.ensure_future(self._moved.wait())]
            try:
                await asyncio.wait(waiters, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for waiter in waiters:
                    waiter.cancel()
