"""Restate says which worker works on an id, and when; the truth about the id stays in the control plane's database.

For each id there is one virtual object, of which Restate calls one `drive` at a time, on whichever worker: it takes the
row (a new epoch, so that whoever had it before is refused from then on), works on it as on one machine, and gives it
back when nothing can be delivered for a while. When it is due again, Restate is told with the same call, durably. So a
call lasts for as long as something happens, never for the months that a run sleeps: workers are replaced at any time,
and what waits costs a row here and a timer there.

Whoever posts writes the row first and rings after that. A bell that was not heard (a crash in between, a server that is
away, or one whose disk was lost with all its timers) is made good: each worker looks now and then for what is overdue,
and rings for it. A worker that is dead is noticed by Restate, whose connection to it breaks, and the call is made again
elsewhere; that it lives is also said in a row, every few seconds, for people and for the look around.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from typing import Any

from ..errors import StorageError, UsageError
from ..settings import EngineSettings
from ..store import Row, Write
from ..store.postgres import PostgresStore
from . import Handler, Item, Said, Start
from .activity import Activity
from .admin import Admin, Token, house_of, named
from .beats import Beats
from .bells import Restate
from .claims import PAGE, Claims
from .clock import Clock, SystemClock
from .hands import LOOK, Hands, Pace
from .writing import buried, posted, started

log = logging.getLogger("agentflow.engine")

BEAT = 5.0
"""Seconds after which a worker says again that it lives."""
SILENT = 60.0
"""Seconds after which one that did not is taken for dead. Nothing waits for it but what Restate has forgotten."""
OVERDUE = 3.0
"""Seconds after which a bell is taken for not heard."""
AGAIN = 2.0
"""Seconds between two tries to tell Restate where the workers are."""
ELSEWHERE = 0.2
"""Seconds after which a worker that is ending, or full, has another one asked."""
BUSY = 2.0
"""Seconds after which it is looked again for what a worker has in hand though its call is over."""
FULL = 10.0
"""Seconds for which a call waits for a place here."""
EARLY = 2.0
"""Seconds by which Restate's clock may be ahead of this machine's."""
SLOW = 0.1
"""Seconds by which a clock may be late for whoever waits by it: one that stands holds nobody up."""


class RestateEngine(Hands[PostgresStore]):
    """Starts, posts and, once `work` is called, does what Restate asks for. See the seam in `engine/__init__.py`."""

    def __init__(
        self,
        store: PostgresStore,
        clock: Clock,
        pace: Pace,
        reach: EngineSettings,
        token: Token | None = None,
        overdue: float = OVERDUE,
    ) -> None:
        super().__init__(store, clock, pace)
        self.worker = store.name
        self._reach, self._overdue = reach, overdue
        self._restate = Restate(reach.restate_url, reach.service, token)
        self._admin = self._restate.admin(reach.admin)
        self._claims = Claims(store, self._pace.per_lane, self._fits)
        self._beats = Beats(SILENT, 2 * BEAT)
        self._places = asyncio.Semaphore(self._pace.concurrent)
        self._late_at = float("-inf")
        self._late: dict[str, float] = {}
        """Ids that are due and in nobody's hands: since when that is seen, by a clock that only goes on."""
        self._beaten = float("-inf")
        self._able, self._began = "[]", 0.0
        self._registers: Callable[[], asyncio.Task[None]]
        """Begins to tell Restate where the workers are."""
        self._asides: set[asyncio.Task[None]] = set()

    # verbs

    async def start(self, starts: Sequence[Start], said: Said = ()) -> None:
        await self.store.write(started(starts, said, self.clock.now()))
        self._restate.ring_soon([*(start.id for start in starts), *(id for id, _ in said)])

    async def post(self, id: str, item: Item, writes: Sequence[Write] = ()) -> None:
        *_, woken = await self.store.write([*writes, *posted(id, item)])
        self._bell.set()  # where this worker has it in hand
        if any(row["worker"] is None for row in woken):  # others hear of it from the database
            self._restate.ring_soon([id])

    async def _write(self, writes: Sequence[Write], ids: Sequence[str]) -> None:
        await self.store.write(writes)
        self._looked_at = float("-inf")  # an id may have been taken out of our hands
        self._bell.set()
        self._restate.ring_soon(ids)

    async def alive(self) -> list[Row]:
        """The workers of this database that are connected to it."""
        return [row for row in await self.store.rows("workers") if await self.store.lives(row["id"])]

    async def faults(self) -> list[str]:
        if self._admin is None:
            return []
        found = [await self._restate.fault(), await self._admin.fault(await house_of(self.store))]
        return [fault for fault in found if fault]

    def ring(self) -> None:
        """Have workers look for what has become due: somebody wrote that beside the engine."""
        self._bell.set()

    # the worker

    async def work(
        self, handlers: Mapping[str, Handler], tools: Sequence[str], can: Callable[[Sequence[str]], bool]
    ) -> None:
        """Do what Restate asks for, until `close`. `can` says whether this worker has the tools an id needs."""
        assert self._admin is not None
        admin, house = self._admin, await named(self.store)
        if taken := await admin.taken(house):  # or each would be handed the calls of the other
            raise UsageError(taken)
        self._handlers, self._tools = handlers, can
        self._able, self._began = json.dumps(list(tools)), self.clock.now()
        room = import_module("agentflow.engine.endpoint")  # its packages are an extra, which only workers need
        reach = self._reach
        self._endpoint = room.Endpoint(reach.listen, reach.service, self._drive, reach.identity_key, house)
        await self.store.write(self._present())
        self._seen = int((await self.store.rows("last_seq"))[0]["seq"])
        self.store.stirred = self._bell.set
        try:
            await self._endpoint.open()
        except BaseException:
            await self.store.write([Write("delete_worker", {"id": self.worker})])
            raise
        self._loop = asyncio.create_task(self._run(), name=self.worker)
        self._registers = lambda: asyncio.create_task(self._register(admin, house), name=f"{self.worker} registers")
        self._registering = self._registers()
        await asyncio.wait([self._registering], timeout=AGAIN)

    async def _register(self, admin: Admin, house: str) -> None:
        """Tell Restate where the workers are, for as long as that takes: people may read and decide meanwhile."""
        said = None
        while why := await admin.register(self._reach.reached, house):
            if why != said:
                log.warning("no work comes from Restate yet, and it is told again: %s", why)
            said = why
            await asyncio.sleep(AGAIN)
        self._restate.known()
        log.info("Restate at %s knows the workers at %s", self._reach.admin, self._reach.reached)
        await self._ring_due(0.0)  # what came before that has been rung for in vain

    async def close(self) -> None:
        """Let attempts finish, give the claims back, leave."""
        try:
            if self._loop is not None:
                await self._leave(self._loop)
        finally:
            await self._restate.close()

    async def _leave(self, loop: asyncio.Task[None]) -> None:
        loop.cancel()
        self._registering.cancel()
        await asyncio.gather(loop, self._registering, return_exceptions=True)
        await self._let_go()
        await asyncio.gather(*self._asides)
        await self._endpoint.close()
        self._loop = None
        await self.store.write(buried(self.worker, self.clock.now()))

    # what Restate asks for

    async def _drive(self, id: str) -> tuple[float, float] | None:
        """Work on an id for as long as it is due. Restate calls this for one id once at a time, in the whole world.

        When it is due again, and in how many seconds; where this worker is ending or full, another one is asked soon.
        """
        row = await self.store.row("work_by_id", id=id)
        due = row is not None and (row["worker"] is not None or self._has_news(id, row) or await self._is_due(row))
        if row is None or not due:
            return self._next(row)
        if await self._goes_on(row["worker"]):
            at = BUSY * (self.clock.now() // BUSY + 1)  # the same for all who ask
            return at, at - self.clock.now()
        while row is not None and due:
            if self.draining or not await self._has_place():
                return self.clock.now(), ELSEWHERE
            try:
                if not await self._do(id, row):
                    return None
            finally:
                self._places.release()
            row = await self.store.row("work_by_id", id=id)
            # In other hands now? Then this call is not the one any more that Restate listens to.
            due = row is not None and (row["worker"] == self.worker or await self._is_due(row))
        return self._next(row)

    def _next(self, row: Row | None) -> tuple[float, float] | None:
        """When an id that is in nobody's hands is due, and in how many seconds."""
        if row is None or row["worker"] is not None or row["wake_at"] is None:
            return None
        return row["wake_at"], max(0.0, row["wake_at"] - self.clock.now())

    async def _goes_on(self, worker: str | None) -> bool:
        """Whether another worker, who had the call before this one, still works on the id: somebody has ended the call,
        or Restate was started anew. Else he died over it, or cannot reach the database."""
        if worker is None or worker == self.worker or self._beats.is_late(worker, 2 * BEAT):
            return False
        return await self.store.lives(worker)

    def _has_news(self, id: str, row: Row) -> bool:
        """Whether something was said to it, by whichever clock. What it stumbled over is tried again in its time."""
        return bool(row["unread"]) and not self._stumbles.get(id)

    async def _is_due(self, row: Row) -> bool:
        """Whether it is in nobody's hands, and time. For a short while we wait here: the clocks of machines differ."""
        if row["worker"] is not None or row["wake_at"] is None:
            return False
        if 0.0 < (left := row["wake_at"] - self.clock.now()) <= EARLY:
            with suppress(TimeoutError):
                async with asyncio.timeout(left + SLOW):  # others of this id wait behind this call
                    await self.clock.wait(asyncio.Event(), row["wake_at"])
        return bool(row["wake_at"] <= self.clock.now())

    async def _has_place(self) -> bool:
        """Take a place. False where there is none for long: another worker may have one."""
        if self._places.locked():
            self._make_room(self._crowded)
        try:
            async with asyncio.timeout(FULL):
                await self._places.acquire()
        except TimeoutError:
            return False
        return True

    async def _do(self, id: str, row: Row) -> bool:
        """Work on it until it is given back; False where it cannot be had. A call that is made again finds the work of
        the one before it, where only the connection was lost."""
        if id not in self._tasks:
            if not self._fits(json.loads(row["needs"])):
                return False
            if not self.draining and not await self._seize(id, row["lane"]):
                return False
        return await self._end_of(id)

    async def _seize(self, id: str, lane: str | None) -> bool:
        self._arriving.add(id)
        try:
            most = self._pace.per_lane
            [rows] = await self.store.write([Write("seize", {"id": id, "worker": self.worker, "most": most})])
            for row in rows:
                await self._take(row)
        finally:
            self._arriving.discard(id)
        if not rows and lane is not None:  # it is full: whoever leaves it rings for the next
            self._make_room(self._crowded | {lane})
        return bool(rows)

    async def _end_of(self, id: str) -> bool:
        if task := self._tasks.get(id):
            await asyncio.wait([task])
        return True

    # the look around

    async def _look(self) -> None:
        await self._collect()
        if self._looked_at > time.monotonic() - LOOK:
            await self._ring_overdue()
            return
        self._looked_at = time.monotonic()
        await self._compare()
        await self._live()
        await self._ring_overdue()

    async def _wait(self) -> None:
        """By the machine's own time, whichever runs have: bells are lost, and workers die, in that."""
        await SystemClock().wait(self._bell, time.time() + LOOK)

    async def _live(self) -> None:
        """Say that this worker lives, and free what the dead held."""
        if self._beaten > time.monotonic() - BEAT:
            return
        self._beaten = time.monotonic()
        await self.store.write(self._present())
        beats = {row["id"]: row["seen_at"] for row in await self.store.rows("workers")}
        silent = self._beats.silent(beats, time.monotonic())
        for row in await self.store.rows("holders"):
            if row["id"] not in beats or row["id"] in silent:
                log.info("worker %s is gone: what it held is free", row["id"])
                await self.store.write(buried(row["id"], self.clock.now()))

    def _present(self) -> list[Write]:
        """This worker's row, also where others took it for dead."""
        row = {"id": self.worker, "pid": os.getpid(), "tools": self._able, "started_at": self._began}
        return [Write("insert_worker_again", row), Write("beat", {"id": self.worker, "now": time.time()})]

    async def _ring_overdue(self) -> None:
        if self._restate.stranger and self._registering.done():
            self._registering = self._registers()
        if self._late_at < time.monotonic() - self._overdue / 2:
            await self._ring_due(self._overdue)

    async def _ring_due(self, patience: float) -> None:
        """Ring for what is due and was taken by nobody for so long: its bell was not heard, or it found no place."""
        now = self._late_at = time.monotonic()
        due = await self._claims.due(self.clock.now(), PAGE, ())
        self._make_room(due.crowded)
        self._late = {id: self._late.get(id, now) for id in due.ids}
        late = [id for id, since in self._late.items() if since <= now - patience]
        self._late.update(dict.fromkeys(late, now))
        self._restate.ring_soon(late, "overdue")  # one bell is enough, of whichever worker, until it is heard

    # what activities ask

    def woken(self, ids: Sequence[str]) -> None:
        self._bell.set()
        self._restate.ring_soon(id for id in ids if id not in self._active)

    def _left(self, activity: Activity) -> None:
        del self._active[activity.claim.id], self._tasks[activity.claim.id]
        lane = activity.claim.lane
        if lane is not None and self._pace.per_lane is not None:
            self._crowded.discard(lane)
            self._aside(self._ring_lane(lane))

    def _aside(self, what: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(what)
        self._asides.add(task)
        task.add_done_callback(self._asides.discard)

    async def _ring_lane(self, lane: str) -> None:
        """As many of it as there are places free are rung for. Of two that leave together, the second rings for two,
        since the one that the first rang for may have no place yet."""
        try:
            ids = await self._claims.next_in(lane, self.clock.now())
        except StorageError as error:  # a look around rings for them when the database can be read again
            log.warning("the next one of %s is not rung for: %s", lane, error)
        else:
            await self._restate.ring(ids)
