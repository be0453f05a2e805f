"""A thread with an event loop of its own, for whoever cannot await, as in a notebook whose loop runs already."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from threading import Lock, Thread, current_thread
from typing import Any, TypeVar

from ..errors import UsageError

T = TypeVar("T")


class Portal:
    """What is called here runs on its loop, while the caller waits. The thread does not keep a process from ending."""

    def __init__(self, name: str = "agentflow-portal") -> None:
        self._loop = asyncio.new_event_loop()
        self._closing = asyncio.Event()
        self._closed = False
        self._entry = Lock()
        self._thread = Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def call(self, work: Coroutine[Any, Any, T], timeout: float | None = None) -> T:
        """What the coroutine returns or raises. It is cancelled where the caller is interrupted or waits no longer.

        Raises `TimeoutError` after so many seconds.
        """
        if current_thread() is self._thread:
            work.close()
            raise UsageError("what runs on this loop would wait for itself: await it here")
        with self._entry:
            if self._closed:
                work.close()
                raise UsageError("this is closed, and its thread with it: open it again")
            future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(timeout)
        finally:
            future.cancel()  # of what has ended it means nothing

    def close(self) -> None:
        """Cancel what still runs, and end the thread. A second time it does nothing."""
        with self._entry:
            closing, self._closed = not self._closed, True
        if closing:
            self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join()

    def _work(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._until_closed())

    async def _until_closed(self) -> None:
        await self._closing.wait()
