"""A thread with an event loop of its own, for whoever cannot await, as in a notebook whose loop runs already."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextvars import ContextVar, copy_context
from threading import RLock, Thread, current_thread
from typing import Any, TypeVar

from ..errors import UsageError

T = TypeVar("T")

_WITHIN: ContextVar[frozenset[Portal]] = ContextVar("within", default=frozenset())
"""Where what runs was called, and whatever it has begun since."""


class Portal:
    """What is called here runs on its loop, while the caller waits. The thread does not keep a process from ending."""

    def __init__(self, name: str = "agentflow-portal") -> None:
        self._loop = asyncio.new_event_loop()
        self._closing = asyncio.Event()
        self._closed = False
        self._entry = RLock()  # also of a finalizer, which may come at any moment
        self._thread = Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def call(self, work: Coroutine[Any, Any, T], timeout: float | None = None) -> T:
        """What the coroutine returns or raises. It is cancelled where the caller is interrupted or waits no longer.

        Raises `TimeoutError` after so many seconds.
        """
        with self._entry:
            if (why := self._refused()) is not None:
                work.close()
                raise UsageError(why)
            within = copy_context()
            within.run(_WITHIN.set, _WITHIN.get() | {self})
            future = within.run(asyncio.run_coroutine_threadsafe, work, self._loop)
        try:
            return future.result(timeout)
        finally:
            future.cancel()  # of what has ended it means nothing

    @property
    def awaits_us(self) -> bool:
        """Whether we are part of what was called here: a tool, say, on the thread that it was given."""
        return self in _WITHIN.get()

    def close(self) -> None:
        """Cancel what still runs, and end the thread. A second time it does nothing."""
        with self._entry:
            closing, self._closed = not self._closed, True
        if closing:
            self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join()

    def _refused(self) -> str | None:
        """Why nobody can wait here for what would run on its loop."""
        if current_thread() is self._thread:
            return "what runs on this loop would wait for itself: await it here"
        if self._closed or not self._thread.is_alive():  # a forked process has the loop, and no thread that runs it
            return "this is closed, or was opened before this process was forked: open it again, here"
        return None

    def _work(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._until_closed())

    async def _until_closed(self) -> None:
        await self._closing.wait()
