"""`step`, the handle that a plan's `run` is given: its verbs, each an awaitable that starts when it is awaited."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Callable, Generator, Iterable, Mapping
from datetime import datetime
from typing import Any, ParamSpec, TypeVar

from . import requests
from .blocks import Timeout
from .exceptions import UsageError
from .groups import Gather, Map, Race
from .promises import Promise
from .requests import MISSING
from .running import Request, running
from .scheduler import Scheduler

P = ParamSpec("P")
R = TypeVar("R")


def verb(function: Callable[P, R]) -> Callable[P, R]:
    """Make a wrong argument of a verb a `UsageError` at the plan's line."""

    @functools.wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except TypeError as error:
            raise UsageError(str(error).replace("Step.", "step.")) from None

    return checked


class StepCall:
    """One step: inert until it is awaited or handed to `gather`, `map` or `race`; awaited again, it gives the same."""

    __slots__ = ("_promise", "_request")
    __hash__ = None  # type: ignore[assignment]  # a set of these would have an order of its own

    def __init__(self, request: Request) -> None:
        self._request = request
        self._promise: Promise | None = None

    def __repr__(self) -> str:
        name = f" {self._request.name!r}" if self._request.name else ""
        return f"step {self._request.kind}{name}"

    def __await__(self) -> Generator[Promise, None, Any]:
        return self._start().wait()

    def _start(self) -> Promise:
        run = running()
        run.check_outside_body(self._request)
        if self._promise is None:
            self._promise = run.issue(self._request)
        return self._promise


class Continuation:
    """The awaitable that ends this generation when it starts: nothing that waits goes on, no `finally` runs."""

    __slots__ = ("_payload",)

    def __init__(self, payload: dict[str, Any]) -> None:
        self._payload = payload

    def __repr__(self) -> str:
        return "step continue_as_new"

    def __await__(self) -> Generator[Promise, None, Any]:
        return self._start().wait()

    def _start(self) -> Promise:
        run = running()
        run.check_outside_body("step.continue_as_new")
        return run.continue_as_new(self._payload)


def gather(*steps: object, return_exceptions: bool = False) -> Gather:
    """Run awaitables side by side: their results in order, or the first error once all have ended."""
    run = running()
    return Gather(steps, run.body.scheduler if run.body else run.scheduler, keep_errors=bool(return_exceptions))


def _scheduler(verb: str) -> Scheduler:
    """That of the run, for a verb that a step's function does not have."""
    run = running()
    run.check_outside_body(verb)
    return run.scheduler


class Step:
    """The verbs of a run. It has no state of its own: what it does belongs to the run whose turn it is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "step"

    @verb
    def do(
        self,
        name: str,
        call: object = MISSING,
        *,
        retries: Mapping[str, Any] | None = None,
        timeout: object = MISSING,
        deadline: object = None,
        rollback: object = None,
        sensitive: bool = False,
    ) -> Any:
        """Run a tool call or a function, durably; without one, a decorator for the function."""
        policy = (retries, timeout, deadline, rollback, sensitive)
        if call is not MISSING:
            return StepCall(requests.do(name, call, *policy))

        def decorate(function: object) -> Callable[[], StepCall]:
            requests.do(name, function, *policy)  # so that what is wrong with it is said at its own line
            return lambda: StepCall(requests.do(name, function, *policy))

        return decorate

    @verb
    def sleep(self, name: str, duration: object) -> StepCall:
        """Wait that long."""
        return StepCall(requests.sleep(name, duration))

    @verb
    def sleep_until(self, name: str, when: object) -> StepCall:
        """Wait until then; what is past is over at once."""
        return StepCall(requests.sleep_until(name, when))

    @verb
    def wait_for_event(self, name: str, type: object, *, where: object = None, timeout: object = MISSING) -> StepCall:
        """Wait for an event of a type, or of one of several."""
        return StepCall(requests.wait_for_event(name, type, where, timeout))

    @verb
    def wait_for_approval(
        self,
        name: str,
        question: str,
        *,
        call: object = None,
        details: object = None,
        approvers: object = None,
        quorum: int = 1,
        timeout: object = MISSING,
    ) -> StepCall:
        """Ask people whether to go on, and with which calls."""
        who = requests.who(approvers, quorum)
        return StepCall(
            requests.wait_for_approval(name, question, call=call, details=details, who=who, timeout=timeout)
        )

    @verb
    def ask(
        self,
        name: str,
        question: str,
        answer: object = str,
        *,
        default: object = MISSING,
        details: object = None,
        approvers: object = None,
        timeout: object = MISSING,
    ) -> StepCall:
        """Ask people for a value: a text, one of several choices, or what a JSON schema says."""
        who, options = requests.who(approvers), {"default": default, "details": details, "timeout": timeout}
        return StepCall(requests.ask(name, question, answer=answer, who=who, **options))

    @verb
    def gather(self, *steps: object, return_exceptions: bool = False) -> Gather:
        """Run awaitables side by side."""
        return gather(*steps, return_exceptions=return_exceptions)

    @verb
    def map(
        self,
        function: Callable[[Any], Any],
        items: Iterable[Any],
        *,
        concurrency: int | None = None,
        return_exceptions: bool = False,
    ) -> Map:
        """Run a function over items side by side, so many at once: their results in order."""
        scheduler, most = _scheduler("step.map"), requests.concurrency(concurrency)
        return Map(requests.mapped(function), list(items), most, scheduler, keep_errors=bool(return_exceptions))

    @verb
    def race(self, /, *nameless: object, **steps: object) -> Race:
        """Run awaitables against each other: name and value of the first that ends."""
        if nameless:
            raise UsageError('race takes its steps by name: step.race(paid=step.wait_for_event("paid", "paid"))')
        return Race(steps, _scheduler("step.race"))

    @verb
    def timeout(self, duration: object) -> Timeout:
        """A block that ends when its time is over: `async with step.timeout("1 hour"):`."""
        return Timeout(*requests.timeout(duration))

    @verb
    def delegate(
        self, name: str, agent: str, goal: str | None = None, payload: object = None, *, timeout: object = None
    ) -> StepCall:
        """Have another agent pursue a goal, or run its newest plan, and wait for the result."""
        return StepCall(requests.delegate(name, agent, goal=goal, payload=payload, timeout=timeout))

    @verb
    def rollback(self, *names: str) -> StepCall:
        """Undo what was done so far, or these steps of it, now."""
        return StepCall(requests.rollback(names))

    @verb
    def continue_as_new(self, payload: dict[str, Any]) -> Continuation:
        """End here, and begin anew with this payload and an empty history."""
        return Continuation(requests.continuation(payload))

    @verb
    def progress(self, message: str, fraction: float | None = None) -> StepCall:
        """Tell people how far the run is."""
        return StepCall(requests.progress(message, fraction))

    def now(self) -> datetime:
        """The run's clock."""
        return running().now()

    def random(self) -> float:
        """The next number of the run's generator, at least 0 and less than 1."""
        return running().rng.random()

    def uuid(self) -> str:
        """A new identifier, the same on every replay."""
        return str(uuid.UUID(int=running().rng.getrandbits(128), version=4))
