"""What is known of a plan on one way through it: what its names hold, what was approved, what was refused."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

from .scopes import Scope

Key = tuple[Scope | None, str]
"""A name in the scope that owns it."""
Kind = Literal["call", "some", "waiting", "approval", "approvals", "approved", "several", "constant"]


class Value(NamedTuple):
    """What an expression gives: a tool call, or one of several; a question, its answer, or one of several answers; the
    call that an answer gives, or one of several; a constant."""

    kind: Kind
    node: ast.AST


Values = frozenset[Value]
NOTHING: Values = frozenset()


class Refusal(NamedTuple):
    """An approval that was refused, and the names by which the plan may remember it."""

    approval: ast.Call
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class State:
    """What holds on one way."""

    names: dict[Key, Values] = field(default_factory=dict)
    asked: frozenset[ast.Call] = frozenset()
    """The approvals that were given."""
    refused: frozenset[Refusal] = frozenset()
    stale: frozenset[ast.Call] = frozenset()
    """The tool calls that would have other arguments if they were built again."""
    silent: frozenset[ast.Call] = frozenset()
    """The last approval that was given, where it showed no call and nothing has been done since."""
    used: frozenset[tuple[ast.Call, int]] = frozenset()
    """The approvals whose call was run, and the line of the step that did."""
    decided: frozenset[tuple[str, bool]] = frozenset()
    """Tests that came out true, or false, and still would."""
    trail: tuple[str, ...] = ()
    """How one gets here, in words."""

    @property
    def facts(self) -> object:
        """What tells two states apart."""
        names = frozenset(self.names.items())
        return names, self.asked, self.refused, self.stale, self.silent, self.used, self.decided

    def bind(self, key: Key, values: Values, *, add: bool = False) -> State:
        """The name holds something else now, or something more."""
        if not values and (add or key not in self.names):
            return self
        names = dict(self.names)
        values = values | names.get(key, NOTHING) if add else values
        if values:
            names[key] = values
        else:
            names.pop(key, None)
        return replace(self, names=names)

    def on(self, step: str) -> State:
        """One step further on the way."""
        return replace(self, trail=(*self.trail, step))


Found = list[tuple[State, Values]]
"""What an expression gives on each way."""


class Flow(NamedTuple):
    """Where one is after some statements."""

    on: list[State]
    returned: Found
    broken: list[State]
    again: list[State]


def distinct(states: Iterable[State], most: int = 12) -> list[State]:
    """Each that differs from the others; the first few, where there are too many to follow."""
    found: dict[object, State] = {}
    for state in states:
        found.setdefault(state.facts, state)
        if len(found) == most:
            break
    return [*found.values()]


def weak(values: Values) -> Values:
    """The values of something that holds several: which of them is taken out is not known."""
    changed: dict[Kind, Kind] = {"call": "some", "approval": "approvals", "approved": "several"}
    return frozenset(
        Value(changed.get(value.kind, value.kind), value.node) for value in values if value.kind != "constant"
    )


def truth(values: Values) -> bool | None:
    """Is what an expression gives true, where that is known?"""
    if len(values) != 1:
        return None
    (value,) = values
    return bool(value.node.value) if isinstance(value.node, ast.Constant) else None if value.kind == "some" else True
