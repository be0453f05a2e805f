"""Which ids a worker takes next: those that are due and fit, the longest due first, and of one lane only so many."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field

from ..store import Row, Store, Write

PAGE = 500
"""How many due ids a worker looks at in one query."""


@dataclass(slots=True)
class Due:
    """What a look around found."""

    ids: list[str] = field(default_factory=list)
    crowded: set[str] = field(default_factory=set)
    """Lanes that are full while more of them is due."""
    refused: bool = False
    """Whether something is due that this worker left alone."""
    left: bool = False
    """Whether there is more than it had room for."""


class Claims:
    """Looks for what is due, and takes it. `fits` says whether this worker has what an id needs."""

    def __init__(self, store: Store, per_lane: int | None, fits: Callable[[Sequence[str]], bool]) -> None:
        self._store = store
        self._per_lane = per_lane
        self._fits = fits

    async def due(self, now: float, room: int, mine: Container[str]) -> Due:
        """At most so many ids that are not `mine` already."""
        if room <= 0:
            return Due(left=True)
        due = Due()
        held = await self._held()
        page = await self._store.rows("due", now=now, most=PAGE, after=-1.0, after_id="")
        if len(page) < PAGE:
            self._sort(page, held, mine, due)
        else:  # a full lane may have a long queue, which shall not be read to its end to find the others
            await self._lane_by_lane(now, room, held, mine, due)
        due.left = len(due.ids) > room
        del due.ids[room:]
        return due

    async def next_in(self, lane: str, now: float) -> list[str]:
        """Those that the free places of a lane are for, the longest due first."""
        free = max(0, (self._per_lane or 0) - (await self._held())[lane])
        rows = await self._store.rows("due_in_lane", now=now, lane=lane, most=free, after=-1.0, after_id="")
        return [row["id"] for row in rows]

    def claim(self, worker: str, id: str) -> Write:
        """The write that takes one; it returns nothing where another worker has it, or its lane is full."""
        return Write("claim", {"id": id, "worker": worker, "most": self._per_lane})

    async def take(self, worker: str, ids: Sequence[str]) -> list[Row]:
        """Claim them. Those that another worker has taken meanwhile, or whose lane it has filled, are left out."""
        if not ids:
            return []
        return [row for rows in await self._store.write([self.claim(worker, id) for id in ids]) for row in rows]

    async def _held(self) -> Counter[str]:
        if self._per_lane is None:
            return Counter()
        return Counter({row["lane"]: row["held"] for row in await self._store.rows("held_lanes")})

    async def _lane_by_lane(self, now: float, room: int, held: Counter[str], mine: Container[str], due: Due) -> None:
        queues = [("due_in_lane", {"lane": row["lane"]}) for row in await self._store.rows("lanes")]
        found: list[tuple[float, str]] = []
        for name, lane in [("due_without_lane", {}), *queues]:
            after, after_id, before = -1.0, "", len(found)
            while len(found) - before < room and lane.get("lane") not in due.crowded:
                page = await self._store.rows(name, now=now, most=PAGE, after=after, after_id=after_id, **lane)
                taken = set(self._sort(page, held, mine, due))
                found += [(row["wake_at"], row["id"]) for row in page if row["id"] in taken]
                if len(page) < PAGE:
                    break
                after, after_id = page[-1]["wake_at"], page[-1]["id"]
        due.ids = [id for _, id in sorted(found)]

    def _sort(self, page: Sequence[Row], held: Counter[str], mine: Container[str], due: Due) -> list[str]:
        """Those of a page that fit and whose lane has room are `due`."""
        before = len(due.ids)
        for row in page:
            lane = row["lane"]
            if row["id"] in mine or not self._fits(json.loads(row["needs"])):
                due.refused = True
            elif self._per_lane is not None and lane is not None and held[lane] >= self._per_lane:
                due.refused = True
                due.crowded.add(lane)
            else:
                due.ids.append(row["id"])
                held[lane or ""] += 1
        return due.ids[before:]
