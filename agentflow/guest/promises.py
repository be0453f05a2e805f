"""A value or an error that is to come, and what a plan's awaitables have in common."""

from __future__ import annotations

from collections.abc import Callable, Generator
from types import TracebackType
from typing import Any, Protocol


class Promise:
    """A value or an error that is to come."""

    __slots__ = ("_error", "_followers", "_trace", "_value", "kept")

    def __init__(self) -> None:
        self.kept = False
        self._value: Any = None
        self._error: BaseException | None = None
        self._trace: TracebackType | None = None
        self._followers: list[Callable[[], None]] = []

    @property
    def error(self) -> BaseException | None:
        """The error, where it was kept by one."""
        return self._error

    def keep(self, value: Any = None, error: BaseException | None = None) -> None:
        """Settle it, once, and tell those who follow it."""
        self.kept, self._value, self._error = True, value, error
        self._trace = None if error is None else error.__traceback__
        followers, self._followers = self._followers, []
        for follower in followers:
            follower()

    def follow(self, follower: Callable[[], None]) -> None:
        """Call `follower` when it is kept: now, if it is."""
        if self.kept:
            follower()
        else:
            self._followers.append(follower)

    def take(self) -> Any:
        """The value of a kept promise; its error is raised, for each who waits as if he were the first."""
        if self._error is not None:
            raise self._error.with_traceback(self._trace)
        return self._value

    def wait(self) -> Generator[Promise, None, Any]:
        """What `__await__` of a plan's awaitables returns: gives the promise to the scheduler until it is kept."""
        if not self.kept:
            yield self
        return self.take()


class Startable(Protocol):
    """An awaitable of the plan API: it starts when it is awaited or handed to `gather`, `map` or `race`."""

    def _start(self) -> Promise: ...
