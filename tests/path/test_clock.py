"""The machine's clock, by which workers wait."""

from __future__ import annotations

import asyncio
import time

import pytest

from agentflow.engine.clock import SystemClock

CLOCK = SystemClock()


async def test_a_wait_ends_with_the_event_or_at_its_moment() -> None:
    event = asyncio.Event()
    await CLOCK.wait(event, CLOCK.now() - 1)
    await CLOCK.wait(event, CLOCK.now() + 0.01)
    event.set()
    await asyncio.wait_for(CLOCK.wait(event, None), 60)
    await asyncio.wait_for(CLOCK.wait(event, CLOCK.now() + 3600), 60)
    assert abs(CLOCK.now() - time.time()) < 10


@pytest.mark.parametrize("turns", range(5))
async def test_a_cancellation_that_comes_together_with_the_event_is_not_lost(turns: int) -> None:
    """A worker that is told to end in the very moment in which its bell rings must not wait again."""
    event = asyncio.Event()
    waiting = asyncio.create_task(CLOCK.wait(event, CLOCK.now() + 3600))
    await asyncio.sleep(0)
    event.set()
    for _ in range(turns):
        await asyncio.sleep(0)
    if waiting.cancel():
        with pytest.raises(asyncio.CancelledError):
            await waiting
    assert waiting.done()
