"""The embedded engine: SQLite, one process, any number of workers on one machine.

A worker claims what is due, hands it to the handler of its kind, and gives it back when nothing can be delivered for a
while. What is asleep or waits costs a row and no memory.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import Callable, Mapping, Sequence

from ..store import Row, Write
from ..store.sqlite import SqliteStore
from . import Handler, Item, Said, Start
from .activity import Activity
from .claims import Claims
from .clock import Clock
from .hands import LOOK, Hands, Pace
from .presence import Bells, Presence, alive, clear, strays
from .writing import buried, posted, started

__all__ = ["LOOK", "EmbeddedEngine", "Pace"]

log = logging.getLogger("agentflow.engine")


class EmbeddedEngine(Hands[SqliteStore]):
    """Starts, posts and, once `work` is called, runs what is due. See the seam in `engine/__init__.py`."""

    def __init__(self, store: SqliteStore, clock: Clock, pace: Pace | None = None) -> None:
        super().__init__(store, clock, pace)
        self._bells = Bells(store.path, self.worker)
        self._claims = Claims(store, self._pace.per_lane, self._fits)
        self._behind = False
        """Whether more was due than there is room for."""
        self._presence: Presence | None = None
        self._refused = False

    # verbs

    async def start(self, starts: Sequence[Start], said: Said = ()) -> None:
        writes, mine = started(starts, said, self.clock.now()), self._mine(starts)
        if await self._write_and_claim(writes, mine) < len(starts) or said:
            self.ring()

    def _mine(self, starts: Sequence[Start]) -> list[str]:
        """Those that this worker takes as they are stored, since nothing that was there before waits for a place."""
        return [
            start.id for start in starts[: self._room()] if self._fits(start.needs) and start.id not in self._active
        ]

    def _at_rest(self, id: str) -> bool:
        """Whether nobody has this id in his hands, and this worker may."""
        if id in self._active or id in self._arriving:
            return False
        return any(self._fits(json.loads(row["needs"])) for row in self.store.glance("needs_of", id=id) or ())

    def _room(self) -> int:
        """How many ids this worker may take as they come, past those that wait for it."""
        if self._loop is None or self._behind:
            return 0
        return max(0, self._pace.concurrent - len(self._active) - len(self._arriving))

    async def _write_and_claim(self, writes: Sequence[Write], ids: Sequence[str]) -> int:
        """Take ids in the same commit; the number of those that could be taken."""
        self._arriving.update(ids)
        try:
            stored = await self.store.write([*writes, *(self._claims.claim(self.worker, id) for id in ids)])
            claimed = [row for rows in stored[len(writes) :] for row in rows]
            for row in claimed:
                await self._take(row)
        finally:
            self._arriving.difference_update(ids)
        return len(claimed)

    async def post(self, id: str, item: Item, writes: Sequence[Write] = ()) -> None:
        mine = [id] if self._room() > 0 and self._at_rest(id) else []
        if not await self._write_and_claim([*writes, *posted(id, item)], mine):
            self._posted(id)

    async def _write(self, writes: Sequence[Write], ids: Sequence[str]) -> None:
        await self.store.write(writes)
        self.ring()

    async def alive(self) -> list[Row]:
        """The workers of this database whose process lives."""
        return [row for row in await self.store.rows("workers") if alive(self.store.path, row["id"])]

    # the worker

    async def work(
        self, handlers: Mapping[str, Handler], tools: Sequence[str], can: Callable[[Sequence[str]], bool]
    ) -> None:
        """Begin to run what is due, until `close`. `can` says whether this worker has the tools an id needs."""
        self._handlers, self._tools = handlers, can
        self._presence = Presence(self.store.path, self.worker)
        self._presence.enter(self._bell.set)
        row = {"id": self.worker, "pid": os.getpid(), "tools": json.dumps(list(tools)), "started_at": self.clock.now()}
        try:
            await self.store.write([Write("insert_worker", row), Write("wake_unread", {"now": self.clock.now()})])
            self._seen = int((await self.store.rows("last_seq"))[0]["seq"])
        except BaseException:
            self._presence.leave()
            raise
        self._loop = asyncio.create_task(self._run(), name=f"{self.worker} of {self.store.path}")

    async def close(self) -> None:
        """Let attempts finish, give the claims back, leave."""
        if self._loop is None or self._presence is None:
            return
        self._loop.cancel()
        await asyncio.gather(self._loop, return_exceptions=True)
        await self._let_go()
        await self._leave(self._presence)

    async def _leave(self, presence: Presence) -> None:
        self._loop = self._presence = None
        try:
            await self.store.write(buried(self.worker, self.clock.now()))
        finally:
            presence.leave()  # whatever could not be written, others find when they see the lock free
            self.ring()

    async def _look(self) -> None:
        await self._look_around()
        await self._collect()
        await self._claim()

    async def _wait(self) -> None:
        await self.clock.wait(self._bell, await self._next_look())

    async def _next_look(self) -> float:
        look = self.clock.now() + LOOK
        if self._refused or len(self._active) >= self._pace.concurrent:
            return look
        row = await self.store.row("next_due")
        return min(look, row["at"]) if row and row["at"] is not None else look

    async def _look_around(self) -> None:
        """Once in a while: free what dead workers held, and let go of what is no longer ours."""
        now = self.clock.now()
        if self._looked_at <= now < self._looked_at + LOOK:
            return
        if now < self._looked_at:  # the clock was put back: what somebody posted before shall not wait for it
            await self.store.write([Write("wake_unread", {"now": now})])
        self._looked_at = now
        await self._take_over(now)
        await self._compare()

    async def _take_over(self, now: float) -> None:
        holders = await self.store.rows("holders")
        for stray in strays(self.store.path, {self.worker, *(row["id"] for row in holders)}):
            clear(self.store.path, stray)
        for row in holders:
            if row["id"] != self.worker and not alive(self.store.path, row["id"]):
                log.info("worker %s is gone: taking its work over", row["id"])
                await self.store.write(buried(row["id"], now))
                clear(self.store.path, row["id"])

    def _posted(self, id: str) -> None:
        """A message has been stored: here its id may hear of it at once."""
        activity = self._active.get(id)
        listens = activity is not None and not activity.released
        if listens and (rows := self.store.glance("new_messages", seen=self._seen)) is not None:
            self._hand_out(rows)
        else:
            self.ring()

    async def _claim(self) -> None:
        room = self._pace.concurrent - len(self._active)
        due = await self._claims.due(self.clock.now(), room, self._active)
        self._refused, self._behind = due.refused, due.left or bool(due.crowded)
        self._make_room(due.crowded)
        for row in await self._claims.take(self.worker, due.ids):
            await self._take(row)

    def _left(self, activity: Activity) -> None:
        full = len(self._active) >= self._pace.concurrent
        del self._active[activity.claim.id], self._tasks[activity.claim.id]
        if full or self._behind or self._refused or not activity.finished:
            self._bell.set()

    # what activities ask

    def ring(self) -> None:
        """Wake every worker, this one first."""
        self._bell.set()
        self._bells.ring()

    def woken(self, ids: Sequence[str]) -> None:
        self.ring()
