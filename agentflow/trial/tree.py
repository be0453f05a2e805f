"""The ways through a plan that are still to be taken. Pure.

Those come first that differ least from what is usual: one choice is made otherwise, then two. So where there are more
than can be taken, each choice has been made otherwise before any two of them together, and one in a loop not before all
others had their turn.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, field

from . import Walk

MOST_WAITING = 10_000


@dataclass(frozen=True, order=True, slots=True)
class Way:
    """At each choice the number of the way that is taken; and the steps that are made to fail."""

    rank: tuple[int, int, int]
    """How many choices are made otherwise, how often the last of them came before, and when it was met."""
    taken: tuple[int, ...] = field(compare=False, default=())
    failing: frozenset[str] = field(compare=False, default=frozenset())


class Tree:
    """What a walk shows of further ways goes in, the next one comes out."""

    def __init__(self) -> None:
        self._met = 0
        self._waiting = [Way((0, 0, 0))]
        self._failed: set[tuple[str, int | None]] = set()

    def __len__(self) -> int:
        return len(self._waiting)

    def next(self) -> Way:
        """The way to be taken next."""
        return heapq.heappop(self._waiting)

    def learn(self, walk: Walk, way: Way, fragile: Mapping[str, int | None]) -> None:
        """Where a walk could have gone otherwise, and which of its steps are worth failing (with their lines)."""
        seen: dict[tuple[str, int | None], int] = {}
        for place, choice in enumerate(walk.choices):
            again = seen[choice.what, choice.line] = seen.get((choice.what, choice.line), -1) + 1
            if place >= len(way.taken):
                before = tuple(one.taken for one in walk.choices[:place])
                for other in range(1, len(choice.options)):
                    self._add(way, again, (*before, other), way.failing)
        if not way.failing:
            for key, line in fragile.items():
                step = (key.rpartition("#")[0], line)
                if step not in self._failed:
                    self._failed.add(step)
                    self._add(way, 0, way.taken, frozenset({key}))

    def _add(self, way: Way, again: int, taken: tuple[int, ...], failing: frozenset[str]) -> None:
        self._met += 1
        if len(self._waiting) < MOST_WAITING:
            heapq.heappush(self._waiting, Way((way.rank[0] + 1, again, self._met), taken, failing))
