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
from dataclasses import dataclass

from ..errors import Conflict, StaleClaim, StorageError
from ..records import new_id
from ..store import Row, Write
from ..store.sqlite import SqliteStore
from . import Handler, Inheritance, Item, Said, Start, Suspended
from .activity import Activity, Claim, message, rewritten, told
from .claims import Claims
from .clock import Clock
from .presence import Bells, Presence, alive, clear, strays

log = logging.getLogger("agentflow.engine")

LOOK = 0.5
"""Seconds after which a worker looks around by itself: for the dead, for what nobody rang the bell for."""
GRACE = 10.0
"""Seconds for which an ending worker lets attempts finish."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How much a worker keeps in memory: ids at a time, and seconds for which an idle one is kept."""

    concurrent: int = 200
    linger: float = 2.0
    per_lane: int | None = None
    """How many ids of one lane all workers together keep at a time."""


class EmbeddedEngine:
    """Starts, posts and, once `work` is called, runs what is due. See the seam in `engine/__init__.py`."""

    def __init__(self, store: SqliteStore, clock: Clock, pace: Pace | None = None) -> None:
        pace = pace or Pace()
        self.store = store
        self.clock = clock
        self.linger = pace.linger
        self.draining = False
        self.worker = new_id("worker")
        self._bells = Bells(store.path, self.worker)
        self._pace = pace
        self._crowded: set[str] = set()
        self._handlers: Mapping[str, Handler] = {}
        self._tools: Callable[[Sequence[str]], bool] = lambda needs: True
        self._claims = Claims(store, pace.per_lane, self._fits)
        self._active: dict[str, Activity] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._arriving: set[str] = set()
        """Ids that are claimed as they are started or posted to, in a commit that is on its way."""
        self._behind = False
        """Whether more was due than there is room for."""
        self._stumbles: dict[str, int] = {}
        self._bell = asyncio.Event()
        self._presence: Presence | None = None
        self._loop: asyncio.Task[None] | None = None
        self._seen = 0
        self._refused = False
        self._looked_at = float("-inf")

    # verbs

    async def start(self, starts: Sequence[Start], said: Said = ()) -> None:
        now, mine = self.clock.now(), self._mine(starts)
        writes = [write for start in starts for write in _started(start, now)]
        writes += [write for other, item in said for write in told(other, item)]
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
        posted = [*writes, message(id, item), Write("wake", {"id": id, "at": item.at})]
        mine = [id] if self._room() > 0 and self._at_rest(id) else []
        if not await self._write_and_claim(posted, mine):
            self._posted(id)

    async def restart(
        self,
        id: str,
        generation: int,
        writes: Sequence[Write],
        inherit: Inheritance | None = None,
        said: Said = (),
        needs: Sequence[str] | None = None,
    ) -> None:
        now = self.clock.now()
        inbox = _forgotten(id, generation, now) if inherit is None else _inherited(id, generation, inherit)
        renewed = json.dumps(list(needs)) if needs is not None else None
        work = {"id": id, "generation": generation, "wake_at": now, "now": now, "needs": renewed}
        anew = Write("renew_work", work)
        words = [write for other, item in said for write in told(other, item)]
        await self.store.write([*writes, *inbox, anew, *words])
        self.ring()

    async def stop(self, id: str, writes: Sequence[Write], said: Said = ()) -> None:
        await self._out_of_hands(["delete_notes", "stop_work"], id, writes, said)

    async def delete(self, id: str, writes: Sequence[Write], said: Said = ()) -> None:
        await self._out_of_hands(["delete_work", "delete_messages", "delete_attempts"], id, writes, said)

    async def _out_of_hands(self, names: Sequence[str], id: str, writes: Sequence[Write], said: Said) -> None:
        words = [write for other, item in said for write in told(other, item)]
        await self.store.write([*writes, *(Write(name, {"id": id}) for name in names), *words])
        self.ring()

    async def alive(self) -> list[Row]:
        """The workers of this database whose process lives."""
        return [row for row in await self.store.rows("workers") if alive(self.store.path, row["id"])]

    async def pressing(self, soon: float) -> bool:
        """Whether anything is in a worker's hands, or is due by then and this worker can do it."""
        rows = await self.store.rows("pressing_work", soon=soon)
        return any(self._tools(json.loads(row["needs"])) for row in rows)

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

    @property
    def working(self) -> bool:
        """Whether this process runs what is due, and not only reads and posts."""
        return self._loop is not None

    async def close(self) -> None:
        """Let attempts finish, give the claims back, leave."""
        if self._loop is None or self._presence is None:
            return
        self._loop.cancel()
        await asyncio.gather(self._loop, return_exceptions=True)
        self.draining = True
        for activity in self._active.values():
            activity.nudge()
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=GRACE)
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        await self._leave(self._presence)

    async def _leave(self, presence: Presence) -> None:
        self._loop = self._presence = None
        freed = Write("take_over", {"worker": self.worker, "now": self.clock.now()})
        try:
            await self.store.write([freed, Write("delete_worker", {"id": self.worker})])
        finally:
            presence.leave()  # whatever could not be written, others find when they see the lock free
            self.ring()

    async def _run(self) -> None:
        while True:
            try:
                self._bell.clear()
                await self._look_around()
                await self._collect()
                await self._claim()
                await self.clock.wait(self._bell, await self._next_look())
            except Exception:
                log.exception("worker %s stumbled and goes on", self.worker)
                await asyncio.sleep(LOOK)

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
        held = {row["id"]: row["epoch"] for row in await self.store.rows("work_of", worker=self.worker)}
        for id, activity in self._active.items():
            if not activity.released and held.get(id) != activity.claim.epoch:
                self._tasks[id].cancel()
        forgotten = [
            Write("free", {"id": id, "worker": self.worker, "epoch": epoch, "now": now})
            for id, epoch in held.items()
            if id not in self._active and id not in self._arriving
        ]
        if forgotten:  # claims that could not be given back when they should have been
            await self.store.write(forgotten)

    async def _take_over(self, now: float) -> None:
        holders = await self.store.rows("holders")
        for stray in strays(self.store.path, {self.worker, *(row["id"] for row in holders)}):
            clear(self.store.path, stray)
        for row in holders:
            if row["id"] != self.worker and not alive(self.store.path, row["id"]):
                log.info("worker %s is gone: taking its work over", row["id"])
                freed = Write("take_over", {"worker": row["id"], "now": now})
                await self.store.write([freed, Write("delete_worker", {"id": row["id"]})])
                clear(self.store.path, row["id"])

    async def _collect(self) -> None:
        """Hand new messages to the activities that are in memory."""
        self._hand_out(await self.store.rows("new_messages", seen=self._seen))

    def _hand_out(self, rows: Sequence[Row]) -> None:
        for row in rows:
            self._seen = max(self._seen, row["seq"])
            if activity := self._active.get(row["id"]):
                activity.tell(row)

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

    async def _take(self, row: Row) -> None:
        """Begin to work on an id that has been claimed, once whoever had it before is gone."""
        while before := self._tasks.get(row["id"]):
            await asyncio.wait([before])
        seen = self._seen
        messages = await self.store.rows("messages", id=row["id"])
        begun = await self.store.rows("open_attempts", id=row["id"], generation=row["generation"])
        self._activate(row, messages, begun)
        if self._seen > seen:  # what came meanwhile was handed out to the others: this one hears of it, too
            self._seen = seen
            self._bell.set()

    def _make_room(self, crowded: set[str]) -> None:
        """Idle ids whose place others wait for are let go at once."""
        self._crowded = crowded
        if crowded or len(self._active) >= self._pace.concurrent:
            for activity in self._active.values():
                if self.crowded(activity.claim.lane):
                    activity.nudge()

    def _fits(self, needs: Sequence[str]) -> bool:
        return self._tools(needs)

    def _activate(self, row: Row, messages: Sequence[Row], begun: Sequence[Row]) -> None:
        claim = Claim(row["id"], row["kind"], row["generation"], self.worker, row["epoch"], row["lane"])
        activity = self._active[claim.id] = Activity(self, claim, messages, begun)
        self._tasks[claim.id] = asyncio.create_task(self._handle(claim, activity), name=claim.id)

    async def _handle(self, claim: Claim, activity: Activity) -> None:
        try:
            await self._handlers[claim.kind](claim.id, activity)
            self._stumbles.pop(claim.id, None)
            if not activity.released:
                await activity.give_back(None)
        except Suspended:
            self._stumbles.pop(claim.id, None)
        except StaleClaim:
            log.info("%s is in other hands now", claim.id)
        except Conflict as raced:
            delay = self._stumbled(claim.id) if claim.id in self._stumbles else 0.0  # who lost a race twice, waits
            self._stumbles.setdefault(claim.id, 0)
            log.info("%s is looked at again in %.1f s: %s", claim.id, delay, raced)
            await self._give_back(activity, delay)
        except Exception:  # noqa: BLE001  # logged by `_stumble`
            await self._stumble(claim, activity)
        finally:
            activity.abandon()
            full = len(self._active) >= self._pace.concurrent
            del self._active[claim.id], self._tasks[claim.id]
            if full or self._behind or self._refused or not activity.finished:
                self._bell.set()

    async def _stumble(self, claim: Claim, activity: Activity) -> None:
        """The host failed, not the plan: nothing was stored, so try again, later each time."""
        delay = self._stumbled(claim.id)
        log.exception("%s stumbled for the %d. time; tried again in %.1f s", claim.id, self._stumbles[claim.id], delay)
        await self._give_back(activity, delay)

    def _stumbled(self, id: str) -> float:
        """Count that an id came to nothing; after how many seconds it is tried again."""
        count = self._stumbles[id] = self._stumbles.get(id, 0) + 1
        return float(min(60.0, 0.1 * 2 ** min(count, 10)))

    async def _give_back(self, activity: Activity, delay: float) -> None:
        try:
            await activity.give_back(self.clock.now() + delay)
        except StorageError as error:  # `_look_around` frees it when the database can be written again
            log.warning("%s could not be given back: %s", activity.claim.id, error)

    # what activities ask

    def ring(self) -> None:
        """Wake every worker, this one first."""
        self._bell.set()
        self._bells.ring()

    def crowded(self, lane: str | None) -> bool:
        """Whether something that is due waits for a place that an idle id of this lane takes."""
        return len(self._active) >= self._pace.concurrent or (lane is not None and lane in self._crowded)


def _started(start: Start, now: float) -> list[Write]:
    work = {"id": start.id, "kind": start.kind, "needs": json.dumps(list(start.needs)), "lane": start.lane}
    return [
        *start.writes,
        Write("insert_work", {**work, "wake_at": now}),
        message(start.id, Item("start", "", None, now)),
    ]


def _forgotten(id: str, generation: int, now: float) -> list[Write]:
    """A new generation's inbox without an inheritance: the start, and every event that there ever was."""
    before = Write("unread_again", {"id": id, "generation": generation - 1})
    return [Write("delete_notes", {"id": id}), *rewritten(id, [Item("start", "", None, now), before])]


def _inherited(id: str, generation: int, inherit: Inheritance) -> list[Write]:
    """A new generation's inbox and attempts, as far as they are inherited; what answers them and is stored stays."""
    known = {item.key for item in inherit.inbox if item.kind == "outcome"}
    kept = json.dumps([*inherit.answers, *(key for key in inherit.attempts if key not in known)])
    return [
        Write("delete_notes_but", {"id": id, "kept": kept}),
        *rewritten(id, inherit.inbox),
        Write("inherit_attempts", {"id": id, "generation": generation, "keys": json.dumps(list(inherit.attempts))}),
    ]
