"""Values of which no schema speaks: guessed from what a plan reads of them. Pure.

A plan that reads `order["total"]` of an untyped result fails on the first made-up value. So the walk is taken again
with a value that has that key; and where the plan then compares it with a number, with one that is a number. Nothing
that a plan does with a guess is ever held against it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from .stubs import MARK

Kind = Literal["text", "number", "object", "list", "texts"]
WHOLE = ""
"""Stands for the value itself, where others are for its keys."""
_OF_WHOLE: tuple[Kind, ...] = ("object", "list", "text", "number", "texts")
_OF_KEY: tuple[Kind, ...] = ("text", "number", "list", "object", "texts")
PAYLOAD = "payload"
"""The source that is always an object."""
Shape = Mapping[str, Kind]
_FIRST: Shape = {WHOLE: "object"}


class Guesses:
    """For each source of untyped values, of which kind they are and their keys. Never changed."""

    def __init__(self, shapes: Mapping[str, Shape] | None = None) -> None:
        self._shapes = shapes or {}

    def value(self, source: str) -> Any:
        """The value that a source gives."""
        shape = self._shapes.get(source, _FIRST)
        plain = {key: _plain(key, kind) for key, kind in shape.items() if key and kind in ("text", "number")}
        made = {MARK: MARK} | {key: _made(key, kind, plain) for key, kind in shape.items() if key}
        whole = shape[WHOLE]
        return made if whole == "object" else [made] if whole == "list" else _made(MARK, whole, plain)

    def knows(self, sources: Iterable[str], key: str) -> bool:
        """Whether the values of all of these have the key."""
        return all(key in self._shapes.get(source, _FIRST) for source in sources)

    def with_key(self, sources: Iterable[str], key: str) -> Guesses:
        """The same, but the values of these sources have that key too."""
        more: dict[str, Shape] = {
            source: {**self._shapes.get(source, _FIRST), key: _OF_KEY[0]}
            for source in sources
            if not self.knows([source], key)
        }
        return Guesses({**self._shapes, **more})

    def others(self, sources: Iterable[str]) -> Iterator[Guesses]:
        """The same with one thing of another kind, what was guessed last first; then with numbers for all texts."""
        shapes = {source: self._shapes.get(source, _FIRST) for source in reversed([*sources])}
        for source, shape in shapes.items():
            for key in reversed([*shape]):
                for kind in _kinds(source, key):
                    if kind != shape[key]:
                        yield Guesses({**self._shapes, source: {**shape, key: kind}})
        for source, shape in shapes.items():
            numbers: Shape = {key: "number" if kind == "text" else kind for key, kind in shape.items()}
            yield Guesses({**self._shapes, source: numbers})


NO_GUESSES = Guesses()


def _kinds(source: str, key: str) -> tuple[Kind, ...]:
    if key:
        return _OF_KEY
    return _OF_WHOLE if source != PAYLOAD else ()


def _plain(key: str, kind: Kind) -> Any:
    return 1 if kind == "number" else f"{MARK} {key}"


def _made(key: str, kind: Kind, plain: Mapping[str, Any]) -> Any:
    match kind:
        case "object":
            return {MARK: MARK, **plain}
        case "list":
            return [{MARK: MARK, **plain}]
        case "texts":
            return [f"{MARK} {key}"]
    return _plain(key, kind)
