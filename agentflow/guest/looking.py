"""Where a run stands: the branches that wait, at which lines, and what the plan's names hold there.

It is for people who look back, and costs the run nothing: nothing of the plan is called, not even a `__repr__`, so an
object that is no value is told by the name of its class alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import CoroutineType, FrameType, GeneratorType
from typing import Any

from .promises import Promise
from .running import Running
from .scheduler import Branch
from .values import ValueNotJson, compact, encode

MOST_BRANCHES = 100
"""Branches that are told of, those that were started first."""
MOST_NAMES = 100
"""Names of one function."""
LARGEST = 4096
"""Characters of one value as JSON; of a larger one only its size is told."""
MOST_SAID = 512 * 1024
"""Characters of values together."""


def look(run: Running, filename: str) -> dict[str, Any]:
    """All branches that wait: `waits`, the key of the step that each waits for itself, and `places`, innermost last."""
    keys = {id(step.result): key for key, step in run.open.items()}
    looked = _Looked(filename)
    branches = [looked.branch(branch, keys) for branch in list(run.scheduler.branches)[:MOST_BRANCHES]]
    return {"branches": branches, "more": max(0, len(run.scheduler.branches) - MOST_BRANCHES)}


class _Looked:
    def __init__(self, filename: str) -> None:
        self._filename = filename
        self._said = 0

    def branch(self, branch: Branch, keys: Mapping[int, str]) -> dict[str, Any]:
        frames, waits = _chain(branch.coroutine)
        places = [self._place(frame) for frame in frames if frame.f_code.co_filename == self._filename]
        return {"waits": keys.get(id(waits)), "places": places}

    def _place(self, frame: FrameType) -> dict[str, Any]:
        names = [*_names(frame.f_locals.items())][:MOST_NAMES]
        return {
            "function": frame.f_code.co_name,
            "line": frame.f_lineno,
            "names": [{"name": name, **self._value(value)} for name, value in names],
        }

    def _value(self, value: Any) -> dict[str, Any]:
        told = {"type": type(value).__name__, "value": None, "size": None}
        try:
            document = encode(value)
            size = len(compact(document))
        except (ValueNotJson, RecursionError):
            return told
        if size > LARGEST or self._said + size > MOST_SAID:
            return {**told, "size": size}
        self._said += size
        return {**told, "value": document, "size": size}


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


_GIVEN = frozenset({"event", "step"})
"""What every run is handed: it is told elsewhere."""
