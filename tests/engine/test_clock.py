from __future__ import annotations

import asyncio
import time

from agentflow.engine.clock import SystemClock
from tests.fakes.clock import FakeClock


async def test_a_wait_ends_when_its_event_is_set() -> None:
    event = asyncio.Event()
    waiting = asyncio.create_task(SystemClock().wait(event, None))
    event.set()
    await asyncio.wait_for(waiting, 60)


async def test_a_wait_ends_at_its_moment_without_the_event() -> None:
    clock = SystemClock()
    until = clock.now() + 0.02
    await asyncio.wait_for(clock.wait(asyncio.Event(), until), 60)
    assert clock.now() >= until - 0.001


async def test_a_moment_that_has_passed_is_not_waited_for() -> None:
    await asyncio.wait_for(SystemClock().wait(asyncio.Event(), time.time() - 5), 60)


async def test_a_clock_that_is_put_back_keeps_nobody_waiting_for_longer() -> None:
    """Time that passes counts, as it does for the machine's own."""
    clock = FakeClock()
    waiting = asyncio.create_task(clock.wait(asyncio.Event(), clock.now() + 10))
    await asyncio.sleep(0)
    clock.advance(-3600)
    clock.advance(9)
    await asyncio.sleep(0.01)
    assert not waiting.done()
    clock.advance(1)
    await asyncio.wait_for(waiting, 60)
