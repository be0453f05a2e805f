"""The seam of the engine for one id that is alone in the world: nothing is stored, and time moves by itself.

Attempts are run in the order in which they were begun, each to its end, before anything else is delivered. When nothing
is in flight any more, whoever made it says what comes from outside; else the next timer rings at once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from ..records import Json
from ..store import Write
from . import Fn, Item, Suspended
from .clock import StillClock

Rest = Callable[[float | None], Awaitable[Item | None]]
"""At rest, until that moment at most: what comes from outside before the next timer rings, or nothing."""


class Exhausted(Suspended):
    """So much has been delivered that it is enough."""


class Alone:
    """A step (see `engine.Step`) over nothing. `heard` is told whatever would be stored."""

    def __init__(
        self,
        generation: int,
        clock: StillClock,
        rest: Rest,
        heard: Callable[[Sequence[Write]], None],
        enough: Callable[[], bool],
    ) -> None:
        self.generation = generation
        self.renewed: Sequence[Item] | None = None
        """The unread events of the generation that comes after this one."""
        self._clock = clock
        self._rest = rest
        self._heard = heard
        self._enough = enough
        self._begun: dict[str, Fn] = {}
        self._ended: dict[str, Json] = {}
        self._timers: dict[str, float] = {}
        self._inbox = [Item("start", "", None, clock.now())]

    def tell(self, items: Sequence[Item]) -> None:
        """Put messages into its inbox."""
        self._inbox += items

    # what a handler says

    def do(self, key: str, fn: Fn) -> None:
        self._begun[key] = fn

    def timer(self, key: str, at: float) -> None:
        self._timers[key] = at

    def drop(self, key: str) -> None:
        for known in (self._begun, self._ended, self._timers):
            known.pop(key, None)

    async def mark(self, key: str, mark: str) -> None:
        """Nothing here is ever interrupted."""

    def post(self, id: str, item: Item) -> None:
        """There is nobody else."""

    async def commit(self, writes: Sequence[Write]) -> None:
        self._heard(writes)

    async def park(self, writes: Sequence[Write]) -> None:
        self._heard(writes)

    async def renew(self, unread: Sequence[Item], writes: Sequence[Write], at: float) -> None:
        self._heard(writes)
        self.renewed = [*unread, *(item for item in self._inbox if not item.key)]

    async def finish(self, writes: Sequence[Write]) -> None:
        self._heard(writes)

    # what it hears

    async def next(self) -> Item:
        """The next thing that happened: a message, an outcome, something from outside, a timer."""
        if self._enough():
            raise Exhausted
        while self._begun:  # all of them have begun in the same commit, whichever ends first
            key = next(iter(self._begun))
            self._ended[key] = await self._begun.pop(key)()
        if self._inbox:
            return self._inbox.pop(0)
        if self._ended:
            key = next(iter(self._ended))
            return Item("outcome", key, self._ended.pop(key), self._clock.now())
        due = min(self._timers.values(), default=None)
        if item := await self._rest(due):
            return item
        if due is None:
            raise Suspended
        return self._ring(due)

    def _ring(self, due: float) -> Item:
        key = next(key for key, at in self._timers.items() if at == due)
        del self._timers[key]
        self._clock.advance(max(0.0, due - self._clock.now()))
        return Item("timer", key, None, due)
