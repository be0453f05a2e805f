"""Waits for a condition, however slow the machine: tests state what must come, not how long it takes."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable


async def until(condition: Callable[[], object | Awaitable[object]], seconds: float = 60.0) -> None:
    """Return once the condition holds; fail when it has not within this time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        holds = condition()
        if await holds if inspect.isawaitable(holds) else holds:
            return
        await asyncio.sleep(0.002)
    raise AssertionError("the condition did not come true in time")
