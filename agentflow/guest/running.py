"""The run on stage: what the plan API's verbs talk to while a turn runs.

Verbs find it through a context variable of the activation, so no object that a plan holds leads to it.
"""

from __future__ import annotations

import math
import random
import sys
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from json.encoder import encode_basestring
from types import FrameType, TracebackType
from typing import Any, NoReturn

from .durations import LONGEST
from .exceptions import UsageError
from .promises import Promise
from .scheduler import Scheduler
from .scopes import Scope, Withdrawn

MOST_COMMANDS = 1000
"""Steps that one turn may start, where the host does not say otherwise."""
LARGEST_COMMAND = 1024 * 1024 + 4096
"""Bytes of one command: arguments of one mebibyte, and what surrounds them."""
LARGEST_TURN = 2 * 1024 * 1024
"""Bytes of what one turn starts, so that its answer fits into a frame."""
LARGEST_WITHDRAWAL = 512 * 1024
"""Bytes of the commands that would withdraw all that is open in races and timeouts: they may come in one turn."""


class Overdrawn(UsageError):
    """A turn that started more than it may; `limit` names of what."""

    def __init__(self, message: str, limit: str) -> None:
        super().__init__(message)
        self.limit = limit


@dataclass(slots=True)
class Request:
    """A step before it starts: what was asked for, and how its delivered value is read."""

    kind: str
    name: str
    line: int | None
    fields: str
    """Of its command, as JSON without braces; the default timeout is not among them."""
    decode: Callable[[str, Any], Any]
    """From the step's key and the delivered JSON to what the plan sees."""
    patience: float | None = None
    """Seconds of the default timeout, where the plan gave none: it never ends before a `step.timeout` around it."""
    function: Callable[..., Any] | None = None
    rollback: Callable[..., Any] | None = None
    delay: Callable[..., Any] | None = None

    def __str__(self) -> str:
        return f"step {self.name!r}" if self.name else f"step.{self.kind}"


@dataclass(eq=False, slots=True)
class Open:
    """A step that was started and has no result yet."""

    request: Request
    key: str
    number: int
    scope: Scope
    run: Running
    withdrawal: str
    """The command that would withdraw it, if anything can."""
    result: Promise = field(default_factory=Promise)

    def __str__(self) -> str:
        return str(self.request)

    def withdraw(self) -> None:
        """Tell the host that nobody waits for it any more."""
        self.run.forget(self)


@dataclass(slots=True)
class Body:
    """A step's function at work: its scheduler, and the tool calls that it waits for."""

    scheduler: Scheduler = field(default_factory=Scheduler)
    calls: list[dict[str, Any]] = field(default_factory=list)
    waiting: dict[int, Promise] = field(default_factory=dict)
    last: int = 0


class Running:
    """One run's state between turns: its clock, its randomness, its open steps."""

    def __init__(self, seed: str, at: float, filename: str, most_commands: int = MOST_COMMANDS) -> None:
        self.seed = seed
        self.at = at
        self.rng = random.Random(seed)
        self.scheduler = Scheduler()
        self.open: dict[str, Open] = {}
        self.result: Promise | None = None
        """Of `run` itself, once it has been started."""
        self.continuation: dict[str, Any] | None = None
        """The payload of the next generation, where the plan has asked for one."""
        self.body: Body | None = None
        self.overdrawn: Overdrawn | None = None
        """What this turn has used more of than it may."""
        self._filename = filename
        self._most_commands = most_commands
        self._commands: list[str] = []
        self._bytes = 0
        self._started = 0
        self._number = 0
        self._withdrawable = 0
        self._occurrences: dict[str, int] = {}

    def now(self) -> datetime:
        """The stored time of what is being delivered; in a step's function, of the attempt's start."""
        return datetime.fromtimestamp(self.at, UTC)

    def issue(self, request: Request, scope: Scope | None = None) -> Promise:
        """Start a step: it is the next occurrence of its name, and a command of this turn."""
        scope = scope or self.scheduler.scope
        if scope.withdrawn:
            raise Withdrawn
        if self._started >= self._most_commands:
            most = self._most_commands
            self._overdraw("turn_commands", f"more than {most} steps: use step.map with concurrency={min(most, 100)}")
        name = request.name
        occurrence = self._occurrences.get(name, 0) + 1
        head = f'"name":{encode_basestring(name)},"occurrence":{occurrence},"line":{request.line or "null"}'
        patience = request.patience
        if patience is not None and scope.ends < math.inf:
            patience = min(LONGEST, max(patience, scope.ends - self.at))
        timeout = "" if patience is None else f',"timeout":{patience}'
        command = f'{{"kind":"{request.kind}",{head},{request.fields}{timeout}}}'
        withdrawal = "" if scope.outermost else f'{{"kind":"withdraw",{head}}}'
        self._weigh(request, command, withdrawal)
        self._occurrences[name] = occurrence
        self._commands.append(command)
        self._started += 1
        self._number += 1
        key = f"{name}#{occurrence}"
        self.open[key] = opened = Open(request, key, self._number, scope, self, withdrawal)
        scope.steps[opened] = None
        return opened.result

    def _overdraw(self, limit: str, said: str) -> NoReturn:
        """End the run, whatever the plan makes of the error: none of this turn's steps starts, where not all may."""
        self.overdrawn = self.overdrawn or Overdrawn(f"the plan started at once {said}", limit)
        raise self.overdrawn

    def settle(self, key: str) -> Open:
        """An open step whose result has come: it is open no more."""
        settled = self.open.pop(key)
        if settled.withdrawal:
            self._withdrawable -= _size(settled.withdrawal)
        del settled.scope.steps[settled]
        return settled

    def forget(self, step: Open) -> None:
        """Withdraw an open step: a command of this turn too, with the line of the step."""
        del self.open[step.key]
        self._withdrawable -= _size(step.withdrawal)
        self._bytes += _size(step.withdrawal)
        self._commands.append(step.withdrawal)

    def continue_as_new(self, payload: dict[str, Any]) -> Promise:
        """End this generation here and now; the promise is never kept."""
        if self.scheduler.scope.withdrawn:
            raise Withdrawn
        assert self.result is not None
        self.continuation = payload
        self.result.keep()
        return Promise()

    def check_outside_body(self, what: object) -> None:
        """Refuse a step that a step's function awaits."""
        if self.body is not None:
            raise UsageError(f"{what} cannot be awaited in another step's function: only tool calls can")

    def commands(self) -> tuple[list[str], int]:
        """The commands since this was last asked, as JSON, and their bytes."""
        taken = self._commands, self._bytes
        self._commands, self._bytes, self._started = [], 0, 0
        return taken

    def request(self, call: dict[str, Any]) -> Promise:
        """A tool call that a step's function awaits."""
        body = self.body
        if body is None:
            raise UsageError(f'{call["tool"]} must run in a step: await step.do("a name", tools.{call["tool"]}(...))')
        body.last += 1
        body.calls.append({"call": body.last, **call})
        promise = body.waiting[body.last] = Promise()
        return promise

    def line(self) -> int | None:
        """The line of the plan that is running now."""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and frame.f_code.co_filename != self._filename:
            frame = frame.f_back
        return None if frame is None else frame.f_lineno

    def line_of(self, error: BaseException) -> int | None:
        """The line of the plan that an error has left last."""
        line = None
        trace: TracebackType | None = error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == self._filename:
                line = trace.tb_lineno
            trace = trace.tb_next
        return line

    def _weigh(self, request: Request, command: str, withdrawal: str) -> None:
        size = _size(command)
        if size > LARGEST_COMMAND:
            raise UsageError(f"{request} is {size} bytes of JSON: at most 1 MiB, pass a reference instead")
        if self._bytes + size > LARGEST_TURN:
            self._overdraw("turn_bytes", f"steps of more than 2 MiB of JSON, at {request}: use smaller groups")
        if withdrawal:
            self._weigh_withdrawal(_size(withdrawal))
        self._bytes += size

    def _weigh_withdrawal(self, size: int) -> None:
        if self._withdrawable + size > LARGEST_WITHDRAWAL:
            self._overdraw("turn_bytes", "too many steps in races and timeouts: use step.map with concurrency=100")
        self._withdrawable += size


def _size(text: str) -> int:
    """Bytes of a text."""
    return len(text) if text.isascii() else len(text.encode())


_current: ContextVar[Running] = ContextVar("running")


def running() -> Running:
    """The run whose turn it is."""
    try:
        return _current.get()
    except LookupError:
        raise UsageError("this belongs to a plan: nothing of the plan API works outside of a run") from None


def enter(run: Running) -> None:
    """Make it the run of the present context."""
    _current.set(run)
