"""Where a run stands: the branches that wait, at which lines, and what the plan's names hold there.

It is for people who look back, and costs the run nothing: nothing of the plan is called, not even a `__repr__`, so an
object that is no value is told by the name of its class alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timezone
from decimal import Decimal
from itertools import islice
from types import CoroutineType, FrameType, GeneratorType
from typing import Any
from zoneinfo import ZoneInfo

from .promises import Promise
from .running import Running
from .scheduler import Branch
from .values import DEPTH, ValueNotJson, compact, encode

MOST_BRANCHES = 100
"""Branches that are told of, those that were started first."""
MOST_NAMES = 100
"""Names of one function."""
LARGEST = 4096
"""Characters of one value as JSON; of a larger one only its size is told."""
MOST_SAID = 512 * 1024
"""Characters of values together, and of functions and names together."""
MOST_PARTS = 200_000
"""Parts of values that are looked at: a list that holds a list twice, which holds one twice, has no end of them."""
LONGEST_WORD = 256
_BESIDE = 60
"""Characters that surround a name."""


def look(run: Running, filename: str) -> dict[str, Any]:
    """All branches that wait: `waits`, the key of the step that each waits for itself, and `places`, innermost last.

    What has no name, as what a plan tells of its progress, is no step that people know.
    """
    keys = {id(step.result): key for key, step in run.open.items() if key.rpartition("#")[0]}
    looked = _Looked(filename)
    branches = [looked.branch(branch, keys) for branch in list(run.scheduler.branches)[:MOST_BRANCHES]]
    return {"branches": branches, "more": max(0, len(run.scheduler.branches) - MOST_BRANCHES)}


class _Looked:
    def __init__(self, filename: str) -> None:
        self._filename = filename
        self._said = 0
        self._named = 0
        self._parts = MOST_PARTS
        self._left = 0
        """Of them for this value: a quarter of what others have left."""

    def branch(self, branch: Branch, keys: Mapping[int, str]) -> dict[str, Any]:
        frames, waits = _chain(branch.coroutine)
        own = [frame for frame in frames if frame.f_code.co_filename == self._filename]
        innermost = [self._place(frame) for frame in reversed(own) if self._named < MOST_SAID]
        return {"waits": keys.get(id(waits)), "places": innermost[::-1]}

    def _place(self, frame: FrameType) -> dict[str, Any]:
        function, names = self._word(frame.f_code.co_name), islice(_names(frame.f_locals.items()), MOST_NAMES)
        told = [{"name": self._word(name), **self._value(value)} for name, value in names if self._named < MOST_SAID]
        return {"function": function, "line": frame.f_lineno, "names": told}

    def _word(self, text: str) -> str:
        """A name as it can be shown in a line."""
        word = (text if text.isprintable() else ascii(text)[1:-1])[:LONGEST_WORD]
        self._named += len(word) + _BESIDE
        return word

    def _value(self, value: Any) -> dict[str, Any]:
        told = {"type": self._word(type(value).__name__), "value": None, "size": None}
        share = self._left = self._parts // 4
        is_data = self._is_data(value, 0)
        self._parts -= share - self._left
        if not is_data:
            return told
        try:
            document = encode(value)
        except ValueNotJson:
            return told
        size = len(compact(document))
        if size > LARGEST or self._said + size > MOST_SAID:
            return {**told, "size": size}
        self._said += size
        return {**told, "value": document, "size": size}

    def _is_data(self, value: Any, depth: int) -> bool:
        """Whether a value can be encoded without a method of the plan's own, and before long."""
        kind = type(value)
        if kind in _PLAIN and not depth:
            return True
        if depth > DEPTH or not self._left:
            return False
        self._left -= 1
        if kind in _PLAIN:
            return True
        if kind is datetime:
            return value.tzinfo is None or type(value.tzinfo) in _ZONES
        if isinstance(value, dict):
            return all(type(key) is str and self._is_data(item, depth + 1) for key, item in dict.items(value))
        iterates = next((base for base in kind.__mro__ if "__iter__" in vars(base)), None)
        return iterates in (list, tuple) and all(self._is_data(item, depth + 1) for item in value)


def _chain(coroutine: object) -> tuple[list[FrameType], Promise | None]:
    """The frames of a branch that waits, and the promise that it waits for, as far as it can be looked into."""
    frames: list[FrameType] = []
    at: object = coroutine
    while isinstance(at, CoroutineType | GeneratorType):
        frame = at.cr_frame if isinstance(at, CoroutineType) else at.gi_frame
        if frame is None:
            break
        frames.append(frame)
        inner: object = at.cr_await if isinstance(at, CoroutineType) else at.gi_yieldfrom
        if inner is None:
            found = frame.f_locals.get("self")  # of `Promise.wait`
            return frames, found if isinstance(found, Promise) else None
        at = inner
    return frames, None


def _names(found: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    """The plan's own names, and what `self` holds in the place of `self`; the tools of the run are not among them."""
    for name, value in found:
        if name == "self" and isinstance(getattr(value, "__dict__", None), dict):
            yield from ((f"self.{inner}", held) for inner, held in _names(vars(value).items()))
        elif not name.startswith("_") and name not in _GIVEN:
            yield name, value


_PLAIN = frozenset({type(None), bool, int, float, str, Decimal, bytes})
_ZONES = (timezone, ZoneInfo)
_GIVEN = frozenset({"event", "step"})
"""What every run is handed: it is told elsewhere."""
