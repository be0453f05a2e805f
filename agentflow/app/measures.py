"""What limits go by: how much is stored of a run, how many wait for a worker. Counted on from the last count."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from ..engine.clock import Clock
from ..errors import TooMany
from ..records import Run
from ..store import Store

KEPT = 1_000
"""Runs whose measure is kept; of the others, everything is read again."""


@dataclass(frozen=True, slots=True)
class _Measure:
    """The bytes of what a generation was delivered and asked for, up to an item and a turn."""

    generation: int
    n: int = -1
    turn: int = -1
    size: int = 0


class Measures:
    """Of one open house."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: OrderedDict[str, _Measure] = OrderedDict()

    async def size(self, run: Run) -> int:
        """The bytes that are stored of a run's generation: its payload, history, commands and unread messages."""
        known = self._known.pop(run.id, None)
        if known is None or known.generation != run.generation:
            known = _Measure(run.generation)
        at = {"id": run.id, "generation": run.generation, "n": known.n, "turn": known.turn}
        [row] = await self._store.rows("size_since", **at)
        self._known[run.id] = _Measure(run.generation, row["n"], row["turn"], known.size + row["stored"])
        if len(self._known) > KEPT:
            self._known.popitem(last=False)
        return int(known.size + row["stored"] + row["unread"])


class Queue:
    """How many runs and goals wait for a worker, and whether there is room for more.

    They are counted again when a tenth of the room that there was is used up: so many may be too many in the end, for
    each process that starts runs, and a long queue does not make each start slow.
    """

    def __init__(self, store: Store, clock: Clock, most: int) -> None:
        self._store = store
        self._clock = clock
        self._most = most
        self._free = 0

    async def enter(self, new: int) -> None:
        """Let so many in. Raises `TooMany` where too many wait already."""
        if new > self._free:
            [row] = await self._store.rows("queued", now=self._clock.now(), most=self._most)
            room = self._most - row["n"]
            if new > room:
                these = "this one" if new == 1 else f"these {new}"
                raise TooMany(
                    f"{row['n']} runs and goals wait for a worker, and with {these} there would be more than the"
                    f" {self._most} that may: let workers catch up, or raise limits.queued"
                )
            self._free = max(new, room // 10)
        self._free -= new
