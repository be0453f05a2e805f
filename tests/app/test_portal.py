"""What cannot await calls through a portal: results, errors, interruptions, and the end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from threading import current_thread, main_thread

import pytest

from agentflow.app.portal import Portal
from agentflow.errors import UsageError


@pytest.fixture
def portal() -> Iterator[Portal]:
    portal = Portal()
    yield portal
    portal.close()


async def _thread() -> str:
    return current_thread().name


async def _fails() -> None:
    raise ValueError("as it was raised")


class Endless:
    """Work that never ends, and says when it was cancelled."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.cancelled = asyncio.Event()

    async def work(self) -> None:
        self.begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.cancelled.set()


def test_what_is_called_runs_on_the_portals_own_thread(portal: Portal) -> None:
    assert portal.call(_thread()) == "agentflow-portal"
    assert current_thread() is main_thread()


async def test_it_may_be_called_where_a_loop_runs_already(portal: Portal) -> None:
    assert portal.call(_thread()) == "agentflow-portal"


def test_errors_come_back_as_they_are(portal: Portal) -> None:
    with pytest.raises(ValueError, match="as it was raised"):
        portal.call(_fails())


def test_what_takes_too_long_is_cancelled(portal: Portal) -> None:
    endless = Endless()
    with pytest.raises(TimeoutError):
        portal.call(endless.work(), timeout=0.01)
    assert portal.call(endless.cancelled.wait(), timeout=60)


def test_closing_cancels_what_still_runs(portal: Portal) -> None:
    endless = Endless()

    async def begin() -> asyncio.Task[None]:
        task = asyncio.create_task(endless.work())
        await endless.begun.wait()
        return task

    task = portal.call(begin())
    portal.close()
    assert task.cancelled()
    assert endless.cancelled.is_set()


def test_after_its_end_it_says_so_and_may_be_closed_again(portal: Portal) -> None:
    portal.close()
    portal.close()
    with pytest.raises(UsageError, match="closed"):
        portal.call(_thread())


def test_what_runs_on_it_cannot_wait_for_it(portal: Portal) -> None:
    async def within() -> str:
        return portal.call(_thread())

    with pytest.raises(UsageError, match="await it here"):
        portal.call(within())


def test_what_it_calls_knows_that_it_is_awaited_also_on_a_thread_that_it_was_given(portal: Portal) -> None:
    async def begun() -> tuple[bool, bool]:
        return portal.awaits_us, await asyncio.to_thread(lambda: portal.awaits_us)

    assert portal.call(begun()) == (True, True)
    assert not portal.awaits_us


def test_a_finalizer_may_call_while_a_call_enters(portal: Portal) -> None:
    """Garbage is collected at any moment, and an iterator that was left half-way is closed through its portal then."""
    with portal._entry:
        assert portal.call(_thread()) == "agentflow-portal"
