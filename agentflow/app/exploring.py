"""All ways through a plan, as far as there is time: which come next, and what untyped values are like."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace

from ..records import Graph, Json
from ..trial import Given, Walk
from ..trial.guesses import PAYLOAD, Guesses
from ..trial.reach import fragile, missed
from ..trial.report import Path, Trial
from ..trial.tree import Tree, Way
from ..trial.verdicts import missing_key, verdict

MOST = 32
"""Ways that are taken, where nothing else is said."""
SECONDS = 20.0
MOST_GUESSES = 60
"""Walks that are taken anew with another guess."""

Take = Callable[[Given, Sequence[int]], Awaitable[Walk]]


class Exploration:
    """Of one plan. Bounded by a number of ways, and by seconds."""

    def __init__(self, take: Take, source: str, graph: Graph | None, given: Given) -> None:
        self._take = take
        self._source = source
        self._graph = graph
        self._given = given
        self._failing = given.failing
        self._guesses_left = MOST_GUESSES
        self._end = 0.0

    async def work(self, most: int, seconds: float) -> Trial:
        """Take one way after the other."""
        tree, paths, self._end = Tree(), list[Path](), time.monotonic() + seconds
        while tree and len(paths) < most and time.monotonic() < self._end:
            way = tree.next()
            walk = await self._walk(way)
            paths.append(Path(walk, verdict(walk, self._source)))
            tree.learn(walk, way, fragile(self._graph, walk.steps) if self._graph else {})
        steps = [step for path in paths for step in path.walk.steps]
        nowhere = tuple(missed(self._graph, steps) if self._graph else ())
        guessed = any(PAYLOAD in path.walk.guessed for path in paths)
        payload = self._given.guesses.value(PAYLOAD) if guessed else None
        return Trial(tuple(paths), len(tree), nowhere, payload)

    async def _walk(self, way: Way) -> Walk:
        """One way; where it stumbles over a guess, again with a better one. What was learnt is kept for the next."""
        self._given = replace(self._given, failing=self._failing | way.failing)
        walk = await self._in_time(self._given, way)
        while walk.guessed and self._is_stopped(walk) and (better := await self._better(walk, way)):
            walk = better
        return walk

    async def _in_time(self, given: Given, way: Way) -> Walk:
        """A walk that ends when the time of all of them is over, too."""
        return await self._take(replace(given, seconds=min(given.seconds, self._end - time.monotonic())), way.taken)

    def _is_stopped(self, walk: Walk) -> bool:
        return verdict(walk, self._source) == "unsure"

    async def _better(self, walk: Walk, way: Way) -> Walk | None:
        """The same way with another guess that leads further, if one is found."""
        came = self._further(walk)
        for guesses, is_key in self._candidates(walk):
            if self._guesses_left == 0 or time.monotonic() > self._end:
                break
            self._guesses_left -= 1
            given = replace(self._given, guesses=guesses)
            other = await self._in_time(given, way)
            if self._further(other) > came or (is_key and _place(other) != _place(walk)):
                self._given = given
                return other
        return None

    def _candidates(self, walk: Walk) -> Iterator[tuple[Guesses, bool]]:
        """Other guesses, and whether each is only a key more: whose value lacks it, nobody knows."""
        guesses, key = self._given.guesses, missing_key(walk)
        if key is not None:
            lacking = [source for source in reversed(walk.guessed) if not guesses.knows([source], key)]
            yield from ((guesses.with_key([source], key), True) for source in lacking)
            if len(lacking) > 1:
                yield guesses.with_key(lacking, key), True
        yield from ((other, False) for other in guesses.others(walk.guessed))

    def _asks_anew(self, walk: Walk) -> bool:
        """Whether a walk stopped at a key that no guess has yet."""
        key = missing_key(walk)
        return key is not None and not any(self._given.guesses.knows([source], key) for source in walk.guessed)

    def _further(self, walk: Walk) -> tuple[bool, int, int, bool]:
        """How far it came: to its end, over so many steps, to this line, and to a key that can be guessed."""
        stopped = self._is_stopped(walk)
        line = (walk.error or {}).get("line") or 0
        return not stopped, len(walk.steps), line, stopped and self._asks_anew(walk)


def _place(walk: Walk) -> tuple[Json, ...]:
    """Where and why a walk stopped."""
    return tuple((walk.error or {}).get(part) for part in ("type", "message", "line"))
