"""What steps shall come to in a test, in place of what their tools would do; and what was tried."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

from ..dispatch.attempts import Late
from ..dispatch.machine import Issued
from ..errors import UsageError
from ..guest.values import decode
from ..records import Run

Instead = Callable[[], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Tried:
    """One attempt of a step. A function step has no `tool` and no `args`."""

    run: str
    step: str
    """Its key, `name#occurrence`."""
    attempt: int
    tool: str | None
    args: dict[str, Any] | None
    mocked: bool


@dataclass(slots=True)
class _Outcome:
    instead: Instead
    left: int | None
    """How many attempts come to this; None: all."""


class Steps:
    """The steps of one name, or of one key such as `pay#2`, in every run of a flow; `pay/undo` undoes one.

    What is said of them is used up in order, one attempt each. Once all is used up, their tools are called again.
    """

    def __init__(self, name: str | None, tried: list[Tried]) -> None:
        self._name = name
        self._tried = tried
        self._outcomes: list[_Outcome] = []

    def returns(self, value: Any, *, times: int | None = None) -> Self:
        """The next attempts return this value, and no tool is called. Without `times`: all of them."""
        return self._add(partial(_return, value), times)

    def raises(self, error: Exception, *, times: int | None = None) -> Self:
        """The next attempts raise this error, as if their tool had. Without `times`: all of them."""
        return self._add(partial(_raise, error), times)

    def times_out(self, *, times: int | None = 1) -> Self:
        """The next attempt is cut off as if its time were over; the clock stands still."""
        return self._add(partial(_raise, Late()), times)

    @property
    def tried(self) -> Sequence[Tried]:
        """Every attempt of these steps so far, mocked or not, in order."""
        return tuple(one for one in self._tried if self.matches(one.step))

    def matches(self, key: str) -> bool:
        """Whether this is about a step with this key."""
        return self._name in (None, key, re.sub(r"#\d+(?=$|/undo$)", "", key))

    def next(self) -> Instead | None:
        """What the next attempt does in place of its tool."""
        if not self._outcomes:
            return None
        outcome = self._outcomes[0]
        if outcome.left is not None:
            outcome.left -= 1
            if not outcome.left:
                self._outcomes.pop(0)
        return outcome.instead

    def _add(self, instead: Instead, times: int | None) -> Self:
        if times is not None and times < 1:
            raise UsageError(f"times cannot be {times}: it is a number from 1, or None for all attempts")
        if self._outcomes and self._outcomes[-1].left is None:  # what was said of all the rest is taken back
            self._outcomes.pop()
        self._outcomes.append(_Outcome(instead, times))
        return self


class Script:
    """All that a test says of steps: the rehearsal of its world."""

    def __init__(self) -> None:
        self._tried: list[Tried] = []
        self._steps: dict[str | None, Steps] = {}

    def steps(self, name: str | None) -> Steps:
        """The steps of this name or key, or all."""
        return self._steps.setdefault(name, Steps(name, self._tried))

    def __call__(self, run: Run, command: Issued, attempt: int) -> Instead | None:
        found = (steps.next() for steps in self._steps.values() if steps.matches(command.key))
        instead = next((outcome for outcome in found if outcome), None)
        call = command.spec["call"] or {"tool": None, "args": None}
        args = decode(call["args"])
        self._tried.append(Tried(run.id, command.key, attempt, call["tool"], args, instead is not None))
        return instead


async def _return(value: Any) -> Any:
    return value


async def _raise(error: Exception) -> Any:
    raise error
