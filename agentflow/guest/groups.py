"""Several awaitables at once: `gather`, `map` and `race`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Iterable, Mapping
from functools import partial
from types import CoroutineType
from typing import Any

from .exceptions import LIMITS, UsageError, described
from .promises import Promise
from .scheduler import Scheduler
from .scopes import Scope, withdrawn

DEEPEST_GROUP = 50
"""Groups directly in groups: each ends in the call that ends its members."""


class Group:
    """The awaitable that `gather` returns: all of its members, started in order, ended together."""

    __slots__ = (
        "_depth", "_first_error", "_keep_errors", "_left", "_members", "_open", "_promise", "_results", "_scheduler",
        "_scope",
    )  # fmt: skip
    __hash__ = None  # type: ignore[assignment]  # a set of these would have an order of its own

    _scope: Scope
    """Where its members are started, once it is."""

    def __init__(self, members: Iterable[object], scheduler: Scheduler, *, keep_errors: bool) -> None:
        self._members = list(members)
        self._depth: int = 1 + max((one._depth for one in self._members if isinstance(one, Group)), default=0)
        if self._depth > DEEPEST_GROUP:
            raise UsageError(f"gather in gather, more than {DEEPEST_GROUP} deep: hand the members to one gather")
        self._scheduler = scheduler
        self._keep_errors = keep_errors
        self._left = len(self._members)
        self._open = 0
        self._first_error: BaseException | None = None
        self._results: dict[int, Any] = {}
        self._promise: Promise | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__.lower()} of {len(self._members)}"

    def __await__(self) -> Generator[Promise, None, Any]:
        return self._start().wait()

    def _start(self) -> Promise:
        if self._promise is None:
            self._promise = Promise()
            self._scope = self._scheduler.scope
            self._scheduler.first([self._begin])
            self._go_on()
        return self._promise

    def _begin(self) -> None:
        """Start the next member. Its coroutine runs until it waits before the one after it starts."""
        if not self._may_begin():
            return
        at = len(self._members) - self._left
        self._left -= 1
        self._open += 1
        self._scheduler.first([self._begin])
        self._scheduler.enter(self._scope)
        try:
            if self._scope.withdrawn:
                raise withdrawn(self)
            promise = self._started(self._members[at])
        except Exception as error:  # noqa: BLE001 - starting runs the plan's code: what it raises is that member's end
            promise = Promise()
            promise.keep(error=error)
        promise.follow(partial(self._note, at, promise))

    def _may_begin(self) -> bool:
        return self._left > 0

    def _started(self, member: Any) -> Promise:
        return _start(member, self._scheduler)

    def _note(self, at: int, promise: Promise) -> None:
        """A member has ended."""
        error = promise.error
        if error is None:
            self._results[at] = promise.take()
        elif self._keep_errors and isinstance(error, Exception) and not isinstance(error, LIMITS):
            self._results[at] = error
        elif self._first_error is None:
            self._first_error = error
        self._open -= 1
        self._go_on()

    def _go_on(self) -> None:
        if not self._open and not self._left and self._promise is not None:
            self._promise.keep([self._results.get(at) for at in range(len(self._members))], self._first_error)


class Gather(Group):
    """All of its members side by side."""

    __slots__ = ()

    def __init__(self, members: Iterable[object], scheduler: Scheduler, *, keep_errors: bool) -> None:
        super().__init__([_member("gather", member) for member in members], scheduler, keep_errors=keep_errors)


class Map(Group):
    """A function over items, so many at once. After an error that is raised no further item is begun."""

    __slots__ = ("_function", "_most")

    def __init__(
        self, function: Callable[[Any], Any], items: Iterable[object], most: int | None, scheduler: Scheduler,
        *, keep_errors: bool,
    ) -> None:  # fmt: skip
        super().__init__(items, scheduler, keep_errors=keep_errors)
        self._depth = 1
        self._function = function
        self._most = most or len(self._members)

    def _may_begin(self) -> bool:
        return self._left > 0 and self._open < self._most

    def _started(self, member: Any) -> Promise:
        return self._scheduler.spawn(_applied(self._function, member))

    def _note(self, at: int, promise: Promise) -> None:
        if promise.error is not None and not self._keep_errors:
            self._left = 0
        super()._note(at, promise)

    def _go_on(self) -> None:
        super()._go_on()
        if self._may_begin():
            self._scheduler.first([self._begin])


class Race(Group):
    """The first of its members that ends, a failed one too; what is open of the others is withdrawn."""

    __slots__ = ("_names", "_over")

    def __init__(self, members: Mapping[str, object], scheduler: Scheduler) -> None:
        if not members:
            raise UsageError('race of nothing: name what races: step.race(paid=step.wait_for_event("paid", "paid"))')
        super().__init__([_member("race", one) for one in members.values()], scheduler, keep_errors=False)
        self._names = list(members)
        self._over = False

    def _start(self) -> Promise:
        if self._promise is None:
            super()._start()
            self._scope = Scope(self._scope)
        assert self._promise is not None
        return self._promise

    def _may_begin(self) -> bool:
        return self._left > 0 and not self._over

    def _note(self, at: int, promise: Promise) -> None:
        if self._over:
            return
        self._over = True
        self._scope.withdraw()
        assert self._promise is not None
        value = None if promise.error else (self._names[at], promise.take())
        self._promise.keep(value, promise.error)


def _member(verb: str, member: object) -> Any:
    """Checked where the verb is called, so that the error has that line."""
    if isinstance(member, CoroutineType):
        _check_fresh(member)
    elif not hasattr(type(member), "__await__"):
        raise UsageError(f"{verb} takes awaitables, not {described(member)}: call the function, do not await it")
    return member


def _check_fresh(coroutine: CoroutineType[Any, Any, Any]) -> None:
    if coroutine.cr_running or coroutine.cr_suspended or coroutine.cr_frame is None:
        raise UsageError("a coroutine that has already started was handed over again: hand each one over once")


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


async def _applied(function: Callable[[Any], Any], item: object) -> Any:
    """One item of `map`, in a branch of its own: the function is the plan's code."""
    made = function(item)
    if not hasattr(type(made), "__await__"):
        raise UsageError(f"map: the function gave {described(made)}: make it async, or return a step without await")
    return await made
