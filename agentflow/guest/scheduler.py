"""Runs a run's coroutines, one at a time, first come first served: no clock, no thread, no choice of its own.

A branch is one coroutine: `run` itself, or one that was handed to `gather`, `map` or `race`. It runs until it waits
for a promise that is not kept yet. Whoever keeps the promise puts the waiting branches into the queue, in the order in
which they began to wait. So the order of everything follows from the order of what is delivered.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from functools import partial
from typing import Any

from .exceptions import UsageError, described
from .promises import Promise
from .scopes import Scope, Withdrawn


class Scheduler:
    """The queue of what can run."""

    def __init__(self) -> None:
        self._ready: deque[Callable[[], None]] = deque()
        self.resume = self._ready.append
        """Does a job after all that is ready."""
        self._signals: deque[Callable[[], None]] = deque()
        self._numbers = itertools.count(1)
        self._place = Scope()
        self.branch: Branch | None = None
        """Whose move it is, if it is one's."""
        self.branches: dict[Branch, None] = {}
        """All that have not ended: kept here, so that none of them is ever finalized while it waits."""

    @property
    def scope(self) -> Scope:
        """Where that belongs which is started now."""
        return self._place if self.branch is None else self.branch.scope

    def enter(self, scope: Scope) -> None:
        """Start what comes next in this scope, in the name of no branch."""
        self.branch, self._place = None, scope

    def spawn(self, coroutine: Coroutine[Any, Any, Any]) -> Promise:
        """Start a branch now, before anything else that is ready; the promise is its result."""
        branch = Branch(coroutine, self, next(self._numbers))
        self.branches[branch] = None
        self.first([branch.move()])
        return branch.result

    def first(self, jobs: Iterable[Callable[[], None]]) -> None:
        """Do these jobs, in this order, before anything else that is ready."""
        self._ready.extendleft(reversed(list(jobs)))

    def signal(self, job: Callable[[], None]) -> None:
        """Do a job before all that is ready, after the other signals."""
        self._signals.append(job)

    def run(self, goal: Promise) -> None:
        """Run until everything is blocked, or `goal` is kept: then nothing else moves any more."""
        signals, ready = self._signals, self._ready
        while not goal.kept and (jobs := signals or ready):
            jobs.popleft()()


class Branch:
    """One coroutine that the scheduler drives."""

    __slots__ = ("_home", "_moves", "_scheduler", "coroutine", "number", "result", "scope")

    def __init__(self, coroutine: Coroutine[Any, Any, Any], scheduler: Scheduler, number: int) -> None:
        self.coroutine = coroutine
        self._scheduler = scheduler
        self._moves = 0
        self._home = scheduler.scope
        self.number = number
        self.result = Promise()
        self.scope = self._home
        """Its home, or that of the innermost `step.timeout` in which it is."""
        self._home.branches[self] = None

    def __str__(self) -> str:
        return f"the call of {getattr(self.coroutine, '__qualname__', 'a coroutine').rpartition('.')[2]}"

    def move(self, error: BaseException | None = None) -> Callable[[], None]:
        """Its next move as a job, void once another move has been made: run until it waits or ends."""
        return partial(self._move, self._moves, error)

    def withdraw(self) -> None:
        """Have the signal go through it, instead of whatever it waits for."""
        self._moves += 1
        self._scheduler.signal(self.move(Withdrawn()))

    def _move(self, number: int, error: BaseException | None) -> None:
        if number != self._moves:
            return
        self._moves += 1
        self._scheduler.branch = self
        try:
            promise = self.coroutine.send(None) if error is None else self.coroutine.throw(error)
        except StopIteration as stop:
            self._end(stop.value, None)
        except BaseException as raised:  # noqa: BLE001 - whatever leaves a plan's coroutine is its result
            own = raised.__traceback__  # its first frame is this one, and a kept error must not hold it
            self._end(None, raised.with_traceback(own and own.tb_next))
        else:
            self._wait(promise)

    def _wait(self, promise: object) -> None:
        if self.scope.withdrawn:
            self.withdraw()
        elif isinstance(promise, Promise):
            promise.follow(partial(self._scheduler.resume, self.move()))
        else:
            wrong = UsageError(f"a plan cannot wait for {described(promise)}: await steps, gather or coroutines")
            self._scheduler.first([self.move(wrong)])

    def _end(self, value: Any, error: BaseException | None) -> None:
        del self._scheduler.branches[self]
        if not self.result.kept:
            del self._home.branches[self]
            self.result.keep(value, error)
