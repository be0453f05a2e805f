"""Runs a run's coroutines, one at a time, first come first served: no clock, no thread, no choice of its own.

A branch is one coroutine: `run` itself, or one that was handed to `gather`. It runs until it waits for a promise that
is not kept yet. Whoever keeps the promise puts the waiting branches into the queue, in the order in which they began to
wait. So the order of everything follows from the order of what is delivered.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterable
from functools import partial
from types import CoroutineType, TracebackType
from typing import Any, Protocol

from .exceptions import UsageError, described


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
    """An awaitable of the plan API: it starts when it is awaited or handed to `gather`."""

    def _start(self) -> Promise: ...


class Scheduler:
    """The queue of what can run."""

    def __init__(self) -> None:
        self._ready: deque[Callable[[], None]] = deque()
        self.branches: dict[Branch, None] = {}
        """All that have not ended: kept here, so that none of them is ever finalized while it waits."""

    def spawn(self, coroutine: Coroutine[Any, Any, Any]) -> Promise:
        """Start a branch now, before anything else that is ready; the promise is its result."""
        branch = Branch(coroutine, self)
        self.branches[branch] = None
        self._ready.appendleft(branch.advance)
        return branch.result

    def resume(self, branch: Branch) -> None:
        """Let a branch go on after all that is ready."""
        self._ready.append(branch.advance)

    def first(self, jobs: Iterable[Callable[[], None]]) -> None:
        """Do these jobs, in this order, before anything else that is ready."""
        self._ready.extendleft(reversed(list(jobs)))

    def run(self, goal: Promise) -> None:
        """Run until everything is blocked, or `goal` is kept: then nothing else moves any more."""
        while self._ready and not goal.kept:
            self._ready.popleft()()


class Branch:
    """One coroutine that the scheduler drives."""

    __slots__ = ("_coroutine", "_scheduler", "result")

    def __init__(self, coroutine: Coroutine[Any, Any, Any], scheduler: Scheduler) -> None:
        self._coroutine = coroutine
        self._scheduler = scheduler
        self.result = Promise()

    def advance(self) -> None:
        """Run until it waits or ends."""
        self._step(partial(self._coroutine.send, None))

    def _step(self, move: Callable[[], Any]) -> None:
        try:
            promise = move()
        except StopIteration as stop:
            self._end(stop.value, None)
        except BaseException as error:  # noqa: BLE001 - whatever leaves a plan's coroutine is its result
            own = error.__traceback__  # its first frame is this one, and a kept error must not hold it
            self._end(None, error.with_traceback(own and own.tb_next))
        else:
            self._wait(promise)

    def _wait(self, promise: object) -> None:
        if isinstance(promise, Promise):
            promise.follow(partial(self._scheduler.resume, self))
        else:
            wrong = UsageError(f"a plan cannot wait for {described(promise)}: await steps, gather or coroutines")
            self._scheduler.first([partial(self._step, partial(self._coroutine.throw, wrong))])

    def _end(self, value: Any, error: BaseException | None) -> None:
        del self._scheduler.branches[self]
        self.result.keep(value, error)


DEEPEST_GROUP = 50
"""Groups directly in groups: each ends in the call that ends its members."""


class Group:
    """The awaitable that `gather` returns: all of its members, started in order, ended together."""

    __slots__ = ("_depth", "_first_error", "_keep_errors", "_members", "_open", "_promise", "_results", "_scheduler")
    __hash__ = None  # type: ignore[assignment]  # a set of these would have an order of its own

    def __init__(self, members: Iterable[object], scheduler: Scheduler, *, keep_errors: bool) -> None:
        self._members = [_member(member) for member in members]
        self._depth: int = 1 + max((one._depth for one in self._members if isinstance(one, Group)), default=0)
        if self._depth > DEEPEST_GROUP:
            raise UsageError(f"gather in gather, more than {DEEPEST_GROUP} deep: hand the members to one gather")
        self._scheduler = scheduler
        self._keep_errors = keep_errors
        self._open = len(self._members)
        self._first_error: BaseException | None = None
        self._results: dict[int, Any] = {}
        self._promise: Promise | None = None

    def __repr__(self) -> str:
        return f"gather of {len(self._members)}"

    def __await__(self) -> Generator[Promise, None, list[Any]]:
        return self._start().wait()

    def _start(self) -> Promise:
        if self._promise is None:
            self._promise = Promise()
            self._scheduler.first(partial(self._begin, at) for at in range(len(self._members)))
            self._end_if_done()
        return self._promise

    def _begin(self, at: int) -> None:
        """Start one member. Its coroutine runs until it waits before the next member starts."""
        try:
            promise = _start(self._members[at], self._scheduler)
        except Exception as error:  # noqa: BLE001 - starting runs the plan's code: what it raises is that member's end
            promise = Promise()
            promise.keep(error=error)
        promise.follow(partial(self._note, at, promise))

    def _note(self, at: int, promise: Promise) -> None:
        error = promise.error
        if error is None:
            self._results[at] = promise.take()
        elif self._keep_errors and isinstance(error, Exception):
            self._results[at] = error
        elif self._first_error is None:
            self._first_error = error
        self._open -= 1
        self._end_if_done()

    def _end_if_done(self) -> None:
        if not self._open and self._promise is not None:
            self._promise.keep([self._results.get(at) for at in range(len(self._members))], self._first_error)


def _member(member: object) -> Any:
    """Checked where `gather` is called, so that the error has that line."""
    if isinstance(member, CoroutineType):
        _check_fresh(member)
    elif not hasattr(type(member), "__await__"):
        raise UsageError(f"gather takes awaitables, not {described(member)}: call the function, do not await it")
    return member


def _check_fresh(coroutine: CoroutineType[Any, Any, Any]) -> None:
    if coroutine.cr_running or coroutine.cr_suspended or coroutine.cr_frame is None:
        raise UsageError("gather was given a coroutine that has already started: hand each one over once")


def _start(member: Any, scheduler: Scheduler) -> Promise:
    if isinstance(member, CoroutineType):
        _check_fresh(member)  # again: it may stand in one gather twice
        return scheduler.spawn(member)
    if hasattr(type(member), "_start"):
        started: Promise = member._start()
        return started
    return scheduler.spawn(_follow(member))


async def _follow(awaitable: Awaitable[Any]) -> Any:
    return await awaitable
