"""Whose fault it is that a walk failed: the plan's for sure, nobody's, or a made-up value's perhaps. Pure.

A trial plays with made-up values, and a plan may not be blamed for what only they are. So an error is held against the
plan where it would come whatever they are (a name without a value, an attribute that the plan API does not have), where
it is about the shape of a value that a schema tells in full, or where nothing was made up at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from ..guest.answers import Approval, Event
from ..guest.exceptions import KINDS, WorkflowError
from ..records import Json
from . import Walk
from .stubs import MARK

Verdict = Literal["fine", "fault", "unsure"]

_CHOSEN = KINDS.keys() - {"StepFailed"}
"""Kinds of errors that a plan raises, or lets through, because of what came from outside."""
_CERTAIN = frozenset({"NameError", "Diverged"})
_SHAPE = frozenset({"TypeError", "AttributeError", "KeyError", "UnboundLocalError"})
_KEY = re.compile(r"(['\"])(.*)\1", re.DOTALL)
_CAUGHT = [kind for kind in KINDS.values() if issubclass(kind, WorkflowError)]
_NAMES = "|".join(kind.__name__ for kind in (*_CAUGHT, Approval, Event))
_OURS = re.compile(rf"'({_NAMES}|\w*Step)' object")
"""Objects of the plan API: what they have does not depend on any value."""


def verdict(walk: Walk, source: str) -> Verdict:
    """What is to be said of a walk through this source. A payload that was given is real."""
    if walk.outcome not in ("failed", "diverged"):
        return "fine"
    kind, of = walk.error.get("kind"), walk.error["type"]
    if kind in _CHOSEN or _is_raised(walk, source) or (kind == "StepFailed" and not _is_own_failure(walk)):
        return "fine"
    if (
        of in _CERTAIN
        or (of == "UnboundLocalError" and _is_off_the_usual_way(walk))
        or (of == "AttributeError" and _OURS.search(walk.error["message"]))
    ):
        return "fault"
    if walk.failing or (walk.made_up and not _is_shape(walk, of, source)):
        return "unsure"
    return "unsure" if walk.guessed else "fault"


def _is_off_the_usual_way(walk: Walk) -> bool:
    """Whether a step fails or a person says no, which no value of a tool has anything to do with."""
    return bool(walk.failing) or any(choice.taken for choice in walk.choices)


def _is_shape(walk: Walk, of: str, source: str) -> bool:
    """Whether an error is about what a value is made of, and not about which value it is."""
    if of == "KeyError":
        key = missing_key(walk)
        return key is not None and MARK not in key and _is_written(key, source) and _is_no_value(key, walk)
    return of in _SHAPE and MARK not in walk.error["message"]


def missing_key(walk: Walk) -> str | None:
    """The text that a walk failed for, since it was no key of a dict."""
    found = _KEY.fullmatch(walk.error["message"]) if walk.error and walk.error["type"] == "KeyError" else None
    return found[2] if found else None


def _is_written(key: str, source: str) -> bool:
    """Whether the plan itself writes a missing key: one from the payload may be missing in what was made up alone."""
    return f"'{key}'" in source or f'"{key}"' in source


def _is_no_value(key: str, walk: Walk) -> bool:
    """Whether a missing key was none of the made-up values: a table of the plan need not know those."""
    return not any(key in _texts(call.result) for call in walk.calls)


def _texts(value: Json) -> Iterator[str]:
    """The texts in a value, without its keys."""
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(inner)


def _is_raised(walk: Walk, source: str) -> bool:
    """Whether the plan itself says `raise` where the error comes from."""
    line, lines = walk.error.get("line"), source.splitlines()
    return bool(line) and line <= len(lines) and lines[line - 1].lstrip().startswith("raise")


def _is_own_failure(walk: Walk) -> bool:
    """Whether a step failed because of the plan's own code, and not as its tool or this trial wanted."""
    return walk.error.get("fault") == "plan" and walk.error["type"] in _CERTAIN | _SHAPE | {"ToolRefused"}
