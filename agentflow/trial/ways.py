"""The choices of a walk, and the tree of them: which ways are still to be taken. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from . import Choice

MOST_CHOICES = 200
"""Of one walk; what comes after them goes the first way."""


class Ways:
    """At each choice the way that was told, and the first where nothing was."""

    def __init__(self, way: Sequence[int] = ()) -> None:
        self._way = way
        self.met: list[Choice] = []

    def take(self, what: str, options: Sequence[str], line: int | None) -> int:
        """Which of these is taken now."""
        here = len(self.met)
        taken = min(self._way[here], len(options) - 1) if here < len(self._way) else 0
        if here < MOST_CHOICES:
            self.met.append(Choice(what, tuple(options), taken, line))
        return taken


def further(choices: Sequence[Choice], way: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """The ways that branch off from a walk after the choices that it was told, the last choice first."""
    taken = [choice.taken for choice in choices]
    for place in reversed(range(len(way), len(choices))):
        for other in range(1, len(choices[place].options)):
            yield (*taken[:place], other)
