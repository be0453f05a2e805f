"""The choices of a walk. Pure."""

from __future__ import annotations

from collections.abc import Sequence

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
        if here == MOST_CHOICES:
            return 0
        taken = min(self._way[here], len(options) - 1) if here < len(self._way) else 0
        self.met.append(Choice(what, tuple(options), taken, line))
        return taken
