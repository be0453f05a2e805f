"""`step`, the handle that a plan's `run` is given: its verbs, each an awaitable that starts when it is awaited."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Callable, Generator, Mapping
from datetime import datetime
from typing import Any, NoReturn, ParamSpec, TypeVar

from . import requests
from .exceptions import UsageError
from .requests import MISSING
from .running import Request, running
from .scheduler import Group, Promise

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
    """One step: inert until it is awaited or handed to `gather`; awaited again, it gives the same result."""

    __slots__ = ("_promise", "_request")
    __hash__ = None  # type: ignore[assignment]  # a set of these would have an order of its own

    def __init__(self, request: Request) -> None:
        self._request = request
        self._promise: Promise | None = None

    def __repr__(self) -> str:
        return f"step {self._request.kind} {self._request.name!r}"

    def __await__(self) -> Generator[Promise, None, Any]:
        return self._start().wait()

    def _start(self) -> Promise:
        run = running()
        run.check_outside_body(self._request.name)
        if self._promise is None:
            self._promise = run.issue(self._request)
        return self._promise


def gather(*steps: object, return_exceptions: bool = False) -> Group:
    """Run awaitables side by side: their results in order, or the first error once all have ended."""
    run = running()
    return Group(steps, run.body.scheduler if run.body else run.scheduler, keep_errors=bool(return_exceptions))


def _not_yet(name: str) -> Callable[..., NoReturn]:
    def verb_to_come(self: Step, *args: object, **kwargs: object) -> NoReturn:
        raise UsageError(f"step.{name} is not available yet")

    return verb_to_come


def _refuse(**later: object) -> None:
    for option, value in later.items():
        if value:
            raise UsageError(f"{option}= is not available yet")


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
        timeout: object = "10 minutes",
        deadline: object = None,
        rollback: object = None,
        sensitive: bool = False,
    ) -> Any:
        """Run a tool call or a function, durably; without one, a decorator for the function."""
        _refuse(rollback=rollback, sensitive=sensitive)
        build = functools.partial(requests.do, name, retries=retries, timeout=timeout, deadline=deadline)
        if call is not MISSING:
            return StepCall(build(call))

        def decorate(function: object) -> Callable[[], StepCall]:
            build(function)  # so that what is wrong with it is said at its own line
            return lambda: StepCall(build(function))

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
    def wait_for_event(
        self, name: str, type: object, *, where: object = None, timeout: object = "24 hours"
    ) -> StepCall:
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
        timeout: object = "7 days",
    ) -> StepCall:
        """Ask people whether to go on, and with which calls."""
        _refuse(approvers=approvers, quorum=quorum != 1)
        return StepCall(requests.wait_for_approval(name, question, call=call, details=details, timeout=timeout))

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
        timeout: object = "7 days",
    ) -> StepCall:
        """Ask people for a value: a text, one of several choices, or what a JSON schema says."""
        _refuse(approvers=approvers)
        options = {"default": default, "details": details, "timeout": timeout}
        return StepCall(requests.ask(name, question, answer=answer, **options))

    @verb
    def gather(self, *steps: object, return_exceptions: bool = False) -> Group:
        """Run awaitables side by side."""
        return gather(*steps, return_exceptions=return_exceptions)

    def now(self) -> datetime:
        """The run's clock."""
        return running().now()

    def random(self) -> float:
        """The next number of the run's generator, at least 0 and less than 1."""
        return running().rng.random()

    def uuid(self) -> str:
        """A new identifier, the same on every replay."""
        return str(uuid.UUID(int=running().rng.getrandbits(128), version=4))

    map = _not_yet("map")
    race = _not_yet("race")
    timeout = _not_yet("timeout")
    delegate = _not_yet("delegate")
    rollback = _not_yet("rollback")
    continue_as_new = _not_yet("continue_as_new")
    progress = _not_yet("progress")
