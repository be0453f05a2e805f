"""What is started together is withdrawn together: the scopes of a run, one in another.

The run has a scope, each race has one for its members, each `step.timeout` one for its block. A step or a branch
belongs to the scope in which it was started, wherever it is awaited. A scope that is over takes with it what is still
open in it: its steps become commands `withdraw`, in the order in which they were started, and the signal `Withdrawn`
goes through its branches, the innermost first, so that each `finally` runs before those around it. Whatever such a
branch starts or waits for raises the signal again, and how it ends is not heard.
"""

from __future__ import annotations

import math
from typing import Protocol

from .exceptions import UsageError
from .promises import Promise


class Withdrawn(BaseException):
    """Goes through a branch that has been withdrawn. No `except` of a plan can name it."""


class Member(Protocol):
    """What a scope holds while it is open: a step or a branch."""

    number: int
    """Counts members of its kind in the order in which they were started."""
    result: Promise

    def withdraw(self) -> None:
        """Have it ended; its result is kept by the scope."""
        ...


class Scope:
    """Open steps and branches, and the scopes inside."""

    __slots__ = ("_inner", "_parent", "branches", "ends", "steps", "withdrawn")

    def __init__(self, parent: Scope | None = None, ends: float = math.inf) -> None:
        self._parent = parent
        self._inner: dict[Scope, None] = {}
        self.steps: dict[Member, None] = {}
        self.branches: dict[Member, None] = {}
        self.ends: float = ends if parent is None else min(ends, parent.ends)
        """When its time is over, in epoch seconds."""
        self.withdrawn: bool = parent is not None and parent.withdrawn
        if parent is not None:
            parent._inner[self] = None

    @property
    def outermost(self) -> bool:
        """Is it the run's own, which nothing withdraws?"""
        return self._parent is None

    def withdraw(self) -> None:
        """Let go of all that is open in here. Whoever waits for it from outside gets a `UsageError`."""
        assert self._parent is not None  # nothing withdraws the run's own
        self._parent._inner.pop(self, None)
        scopes = [self]
        for scope in scopes:
            scope.withdrawn = True
            scopes += scope._inner
        steps = sorted((step for scope in scopes for step in scope.steps), key=_number)
        branches = sorted((branch for scope in scopes for branch in scope.branches), key=_number, reverse=True)
        for scope in scopes:
            scope.steps, scope.branches, scope._inner = {}, {}, {}
        for member in (*steps, *branches):
            member.withdraw()
        for member in (*steps, *branches):
            member.result.keep(error=withdrawn(member))


def withdrawn(what: object) -> UsageError:
    """What those get who wait for something that was withdrawn from under them."""
    return UsageError(f"{what} was withdrawn, since the race or the timeout in which it was started is over")


def _number(member: Member) -> int:
    return member.number
