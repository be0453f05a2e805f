"""What a worker has in its hands: the ids that it works on, whichever engine hands them to it.

An engine says which worker takes which id, and when; from the claim until the id is given back, all of them do this.
"""

from __future__ import annotations

import asyncio
import json
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from ..errors import Conflict, StaleClaim, StorageError
from ..records import new_id
from ..store import Row, Store, Write
from . import Handler, Inheritance, Said, Suspended, WorkingEngine
from .activity import Activity, Claim
from .clock import Clock
from .writing import deleted, restarted, stopped

log = logging.getLogger("agentflow.engine")

LOOK = 0.5
"""Seconds after which a worker looks around by itself: for the dead, for what nobody rang the bell for."""
GRACE = 10.0
"""Seconds for which an ending worker lets attempts finish."""
S = TypeVar("S", bound=Store)


@dataclass(frozen=True, slots=True)
class Pace:
    """How much a worker keeps in memory: ids at a time, and seconds for which an idle one is kept."""

    concurrent: int = 200
    linger: float = 2.0
    per_lane: int | None = None
    """How many ids of one lane all workers together keep at a time."""


class Hands(WorkingEngine, ABC, Generic[S]):
    """The part of an engine that is in one worker's memory. Nothing of it is missed when the worker is gone."""

    def __init__(self, store: S, clock: Clock, pace: Pace | None = None) -> None:
        self._pace = pace or Pace()
        self.store: S = store
        self.clock = clock
        self.linger = self._pace.linger
        self.draining = False
        self.worker = new_id("worker")
        self._crowded: set[str] = set()
        self._handlers: Mapping[str, Handler] = {}
        self._tools: Callable[[Sequence[str]], bool] = lambda needs: True
        self._active: dict[str, Activity] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._arriving: set[str] = set()
        """Ids that are on their way into our hands: their claim is being stored, or what there is of them read."""
        self._stumbles: dict[str, int] = {}
        self._bell = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None
        self._seen = 0
        self._collecting = asyncio.Lock()
        self._looked_at = float("-inf")

    @property
    def working(self) -> bool:
        """Whether this process runs what is due, and not only reads and posts."""
        return self._loop is not None

    async def pressing(self, soon: float) -> bool:
        """Whether anything is in a worker's hands, or is due by then and this worker can do it."""
        rows = await self.store.rows("pressing_work", soon=soon)
        return any(self._fits(json.loads(row["needs"])) for row in rows)

    # the verbs of the seam; they are the same but for how workers hear of them

    async def restart(
        self,
        id: str,
        generation: int,
        writes: Sequence[Write],
        inherit: Inheritance | None = None,
        said: Said = (),
        needs: Sequence[str] | None = None,
    ) -> None:
        anew = restarted(id, generation, inherit, said, needs, self.clock.now())
        await self._write([*writes, *anew], [id, *(other for other, _ in said)])

    async def stop(self, id: str, writes: Sequence[Write], said: Said = ()) -> None:
        await self._write([*writes, *stopped(id, said)], [other for other, _ in said])

    async def delete(self, id: str, writes: Sequence[Write], said: Said = ()) -> None:
        await self._write([*writes, *deleted(id, said)], [other for other, _ in said])

    async def faults(self) -> list[str]:
        """What keeps work from coming to the workers, a sentence each: where they look for it themselves, nothing."""
        return []

    def _fits(self, needs: Sequence[str]) -> bool:
        return self._tools(needs)

    # what each engine does its own way

    @abstractmethod
    async def _write(self, writes: Sequence[Write], ids: Sequence[str]) -> None:
        """Store it. After that these are due, and of others the work may have been taken out of a worker's hands."""

    @abstractmethod
    async def _look(self) -> None:
        """One round: what nobody told of, and what is due."""

    @abstractmethod
    async def _wait(self) -> None:
        """Until the next round, or until somebody rings."""

    @abstractmethod
    def woken(self, ids: Sequence[str]) -> None:
        """These have been posted to, by a commit of this worker."""

    @abstractmethod
    def _left(self, activity: Activity) -> None:
        """An id is out of this worker's hands."""

    # the worker

    async def _run(self) -> None:
        while True:
            try:
                self._bell.clear()
                await self._look()
                await self._wait()
            except StorageError as error:
                log.warning("worker %s stumbled and goes on: %s", self.worker, error)
                await asyncio.sleep(LOOK)
            except Exception:
                log.exception("worker %s stumbled and goes on", self.worker)
                await asyncio.sleep(LOOK)

    async def _let_go(self) -> None:
        """Let attempts finish, give the claims back. What takes too long is cancelled, and found by the next worker."""
        self.draining = True
        for activity in self._active.values():
            activity.nudge()
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=GRACE)
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _compare(self) -> None:
        """Compare what is in our hands with what the database says: what was taken out of them is worked on no longer,
        and a claim that could not be given back when it should have been is freed."""
        mine = list(self._active.values())  # what comes into our hands while we read is not to be judged by it
        held = {row["id"]: row["epoch"] for row in await self.store.rows("work_of", worker=self.worker)}
        for activity in mine:
            id = activity.claim.id
            at_work = self._active.get(id) is activity and not activity.released and not activity.writing
            if at_work and held.get(id) != activity.claim.epoch:
                self._tasks[id].cancel()
        now = self.clock.now()
        forgotten = [
            Write("free", {"id": id, "worker": self.worker, "epoch": epoch, "now": now})
            for id, epoch in held.items()
            if id not in self._active and id not in self._arriving
        ]
        if forgotten:
            await self.store.write(forgotten)

    # messages

    async def _collect(self) -> None:
        """Hand new messages to the activities that are in memory."""
        async with self._collecting:
            self._hand_out(await self.store.rows("new_messages", seen=self._seen))

    def _hand_out(self, rows: Sequence[Row]) -> None:
        for row in rows:
            self._seen = max(self._seen, row["seq"])
            if activity := self._active.get(row["id"]):
                activity.tell(row)

    # one id

    async def _take(self, row: Row) -> None:
        """Begin to work on an id that has been claimed, once whoever had it before is gone."""
        while before := self._tasks.get(row["id"]):
            await asyncio.wait([before])
        begun = await self.store.rows("open_attempts", id=row["id"], generation=row["generation"])
        self._activate(row, await self._messages(row["id"]), begun)

    async def _messages(self, id: str) -> list[Row]:
        """What there is of one that is about to be in our hands: all that is not handed out to it from then on.

        Of what came meanwhile it must miss none: who is told of a later message first takes earlier ones for known.
        """
        seen, found = self._seen, await self.store.rows("messages", id=id)
        if self._seen > seen:  # some of what came meanwhile was handed out to the others
            async with self._collecting:
                while self._seen > seen:
                    seen, found = self._seen, await self.store.rows("messages", id=id)
        return found

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
            self._left(activity)

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
        except StorageError as error:  # a look around frees it when the database can be written again
            log.warning("%s could not be given back: %s", activity.claim.id, error)

    # room

    def crowded(self, lane: str | None) -> bool:
        """Whether something that is due waits for a place that an idle id of this lane takes."""
        return len(self._active) >= self._pace.concurrent or (lane is not None and lane in self._crowded)

    def _make_room(self, crowded: set[str]) -> None:
        """Idle ids whose place others wait for are let go at once."""
        self._crowded = crowded
        if crowded or len(self._active) >= self._pace.concurrent:
            for activity in self._active.values():
                if self.crowded(activity.claim.lane):
                    activity.nudge()
