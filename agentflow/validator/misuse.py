"""What is wrong with one argument of a verb, and what several checks ask of an argument."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any, NamedTuple

from ..guest.durations import seconds
from ..guest.exceptions import UsageError
from .plan import Plan

DURATION = 'write a number of seconds, a timedelta, or words such as "10 seconds" or "3 days"'


class Misuse(NamedTuple):
    """What is wrong with one argument, and what to write instead."""

    node: ast.expr
    problem: str
    advice: str
    code: str = "AF603"


def literal(plan: Plan, node: ast.expr) -> tuple[Any] | None:
    """The value of a literal, in a tuple, since it may be None."""
    try:
        return (ast.literal_eval(plan.constants.value(node)),)
    except (ValueError, TypeError):
        return None


def is_none(node: ast.expr) -> bool:
    """Is it written as None?"""
    return isinstance(node, ast.Constant) and node.value is None


def article(kind: str) -> str:
    """A kind of JSON as a noun: "a list"."""
    words = {"array": "a list", "object": "a dict", "integer": "an integer", "null": "None"}
    return words.get(kind, f"a {kind}")


def checked_duration(plan: Plan, node: ast.expr, what: str, *, positive: bool) -> Iterator[Misuse]:
    """A literal that is no duration."""
    known = literal(plan, node)
    if known is None:
        return
    try:
        seconds(known[0], what, positive=positive)
    except UsageError as error:
        yield Misuse(node, str(error).partition(": give")[0], DURATION)
