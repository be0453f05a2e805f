"""One id in the hands of a worker: the embedded engine's `Step`."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ..errors import StaleClaim, StorageError
from ..records import Json
from ..store import Row, Store, Write
from . import Fn, Item, Said, Suspended
from .clock import Clock
from .writing import aside, message, rewritten, words

log = logging.getLogger("agentflow.engine")

_ALL = 2**62
"""Beyond every number of the inbox."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Who holds an id, and since which epoch: every write carries it and is refused when it is stale."""

    id: str
    kind: str
    generation: int
    worker: str
    epoch: int
    lane: str | None = None


@dataclass(frozen=True, slots=True)
class _Ready:
    item: Item
    seq: int | None
    """Its number in the inbox; None while it is not stored."""


class House(Protocol):
    """What an activity needs of its worker."""

    @property
    def store(self) -> Store:
        """Where it keeps what it knows."""
        ...

    clock: Clock
    linger: float
    draining: bool

    def crowded(self, lane: str | None) -> bool:
        """Whether others wait for the place that an idle id of this lane takes."""
        ...

    def woken(self, ids: Sequence[str]) -> None:
        """These have been posted to."""
        ...


class Activity:
    """Holds what is ready, running and timed for one claimed id."""

    def __init__(self, house: House, claim: Claim, messages: Sequence[Row], begun: Sequence[Row]) -> None:
        self.claim = claim
        self.generation = claim.generation
        self._house = house
        self._store = house.store
        self._clock = house.clock
        self._changed = asyncio.Event()
        self._ready = [_Ready(_item(row), row["seq"]) for row in messages]
        self._seen = max((row["seq"] for row in messages), default=0)
        self._begun = {row["key"]: row["mark"] for row in begun}
        self._timers: dict[str, float] = {}
        self._starting: dict[str, Fn] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._dropped: list[str] = []
        self._said: list[tuple[str, Item]] = []
        self._taken: list[_Ready] = []
        self._listening = False
        self._broken: RuntimeError | None = None
        self.released = False
        self.writing = 0
        """Commits on their way, or through and not heard of yet: each of them says whether the claim still holds."""
        self.finished = False
        """Whether nobody need look at the id again for what it left."""

    # what the handler calls

    def do(self, key: str, fn: Fn) -> None:
        if any(ready.item.key == key and ready.item.kind == "outcome" for ready in self._ready):
            return
        if key not in self._begun:
            self._starting[key] = fn
        else:
            body = {"interrupted": True, "mark": self._begun[key]}
            self._ready.append(_Ready(Item("outcome", key, body, self._clock.now()), None))

    def timer(self, key: str, at: float) -> None:
        if not any(ready.item.key == key and ready.item.kind == "timer" for ready in self._ready):
            self._timers[key] = at

    def drop(self, key: str) -> None:
        self._timers.pop(key, None)
        self._starting.pop(key, None)
        if key in self._running or key in self._begun:
            self._dropped.append(key)
            self._begun.pop(key, None)
        if task := self._running.pop(key, None):
            task.cancel()

    async def mark(self, key: str, mark: str) -> None:
        params = {"id": self.claim.id, "generation": self.generation, "key": key, "mark": mark}
        await self._write([Write("mark_attempt", params)])

    async def next(self) -> Item:
        while True:
            if self._house.draining:
                await self._drain()
            if ready := await self._earliest():
                self._taken.append(ready)
                return ready.item
            await self._wait()
            if self._broken:
                raise self._broken

    async def commit(self, writes: Sequence[Write]) -> None:
        said = self._to_say()
        await self._write([*self._delivered(), *writes, *words(said), *map(self._attempt, self._starting)])
        self._taken, self._dropped = [], []
        self._tell_of(said)
        starting, self._starting = self._starting, {}
        for key, fn in starting.items():
            self._running[key] = asyncio.create_task(self._attempt_once(key, fn), name=f"{self.claim.id} {key}")

    async def park(self, writes: Sequence[Write]) -> None:
        await self._let_attempts_end()
        await self._write([*writes, *self._kept(), self._release(None)])
        self._let_go()

    async def finish(self, writes: Sequence[Write]) -> None:
        done = Write("delete_notes", {"id": self.claim.id})
        said = self._to_say()
        await self._write([*self._delivered(), *writes, *words(said), done, self._release(None, seen=_ALL)])
        self._let_go()
        self.finished = True
        self._tell_of(said)

    async def renew(self, unread: Sequence[Item], writes: Sequence[Write], at: float) -> None:
        id, now = self.claim.id, self._clock.now()
        spoken = [Write(name, {"id": id, "aside": aside(id)}) for name in ("take_words_back", "delete_words")]
        start = Item("start", "", None, max(now, at))
        inbox = [Write("delete_answers", {"id": id}), *rewritten(id, [*spoken, start, *unread])]
        generation = self.generation + 1
        anew = Write("renew_work", {"id": id, "generation": generation, "wake_at": at, "now": now, "needs": None})
        said = self._to_say()
        await self._write([*self._delivered(), *writes, *words(said), *inbox, anew])
        self._let_go()
        self._tell_of([*said, (id, start)])

    def post(self, id: str, item: Item) -> None:
        self._said.append((id, item))

    # what the worker calls

    def tell(self, row: Row) -> None:
        """A message has come."""
        if row["seq"] > self._seen:
            self._seen = row["seq"]
            self._ready.append(_Ready(_item(row), row["seq"]))
            self._changed.set()

    def nudge(self) -> None:
        """Something about the worker has changed: look again."""
        self._changed.set()

    def abandon(self) -> None:
        """Cancel what runs; nothing of it is heard any more."""
        for task in self._running.values():
            task.cancel()
        self._running.clear()

    async def give_back(self, wake_at: float | None) -> None:
        """Store what is ready and not yet stored, and return the claim."""
        kept = self._kept()
        await self._write([*kept, self._release(self._clock.now() if kept else wake_at)])
        self._let_go()

    # inside

    def _kept(self) -> list[Write]:
        """Outcomes that are here and not stored. Timers and interruptions are found again without."""
        items = [r.item for r in [*self._taken, *self._ready] if r.seq is None and r.item.kind == "outcome"]
        return [message(self.claim.id, item) for item in items if "interrupted" not in item.body]

    def _let_go(self) -> None:
        self._taken = []
        self.released = True
        self.abandon()

    async def _earliest(self) -> _Ready | None:
        """Of the messages and outcomes that are here and the timers that are due, the one that was ready first."""
        self._listening = False
        if min(self._timers.values(), default=float("inf")) <= self._clock.now():
            await self._catch_up()
        ready = self._ready[0] if self._ready else None
        key = min(self._timers, key=self._timers.__getitem__, default=None)
        if key is not None and self._timers[key] <= self._clock.now() and self._timers[key] <= self._first_ready():
            return _Ready(Item("timer", key, None, self._timers.pop(key)), None)
        if ready:
            self._ready.remove(ready)
            self._timers.pop(ready.item.key if ready.item.kind == "timer" else "", None)
        return ready

    def _first_ready(self) -> float:
        """Since when the oldest of what is here is ready: that may stand behind what was put before it later."""
        return min((ready.item.at for ready in self._ready), default=float("inf"))

    async def _catch_up(self) -> None:
        """Before a timer rings: a message that was stored earlier comes first, even if nobody has told of it yet."""
        for row in await self._store.rows("messages", id=self.claim.id):
            if row["kind"] != "outcome":
                self.tell(row)

    async def _wait(self) -> None:
        if self._house.draining:
            return
        now, due = self._clock.now(), min(self._timers.values(), default=None)
        linger = 0.0 if self._house.crowded(self.claim.lane) else self._house.linger
        idle = not self._running and (due is None or due > now + linger)
        self._changed.clear()
        self._listening = True
        await self._clock.wait(self._changed, now + linger if idle else due)
        if idle and not self._changed.is_set() and self._clock.now() >= now + linger:
            await self._suspend(due)

    async def _suspend(self, wake_at: float | None) -> None:
        await self.give_back(wake_at)
        raise Suspended

    async def _drain(self) -> None:
        """The worker is ending: let attempts finish, keep their outcomes for whoever comes next."""
        await self._let_attempts_end()
        await self._suspend(self._clock.now())

    async def _let_attempts_end(self) -> None:
        self._listening = False
        if self._running:
            await asyncio.wait(self._running.values())

    async def _attempt_once(self, key: str, fn: Fn) -> None:
        try:
            item = Item("outcome", key, await fn(), self._clock.now())
        except (Exception, asyncio.CancelledError) as error:
            if key not in self._running:  # dropped or abandoned: nobody listens
                raise
            self._break(key, error)
            return
        if key not in self._running:
            return
        if self._listening:
            self._listening = False  # it is taken at once, and stored with what comes of it
            self._ready.append(_Ready(item, None))
        else:
            self._ready.append(_Ready(item, await self._keep(item)))
        self._running.pop(key, None)
        self._changed.set()

    def _break(self, key: str, error: BaseException) -> None:
        """An attempt raised, which is a defect of the host: the handler is unwound with it, and called again later."""
        del self._running[key]
        self._broken = RuntimeError(f"attempt {key} of {self.claim.id} raised {error!r}")
        self._broken.__cause__ = error
        self._changed.set()

    async def _keep(self, item: Item) -> int | None:
        """Store an outcome that cannot be taken yet; its number, or None where that failed: its delivery stores it."""
        try:
            [[row]] = await self._write([message(self.claim.id, item)])
        except StaleClaim:  # it never will be, and its delivery hears why
            return None
        except StorageError as error:
            log.warning("%s %s is not stored yet: %s", self.claim.id, item.key, error)
            return None
        return int(row["seq"])

    async def _write(self, writes: Sequence[Write]) -> list[list[Row]]:
        stale = StaleClaim(f"{self.claim.id} has been taken over by another worker")
        self.writing += 1
        try:
            return (await self._store.write([Write("held", self._held(), stale), *writes]))[1:]
        finally:
            self.writing -= 1

    def _delivered(self) -> list[Write]:
        """That what was taken is no longer to come, and that the attempts behind it and behind `drop` have ended."""
        stored = [Write("delete_message", {"seq": taken.seq}) for taken in self._taken if taken.seq is not None]
        ended = [taken.item.key for taken in self._taken if taken.item.kind == "outcome"]
        return [*stored, *map(self._ended, [*self._dropped, *ended])]

    def _to_say(self) -> list[tuple[str, Item]]:
        said, self._said = self._said, []
        return said

    def _tell_of(self, said: Said) -> None:
        """It is stored: those whom it concerns may hear of it."""
        if said:
            self._house.woken([id for id, _ in said])

    def _ended(self, key: str) -> Write:
        self._begun.pop(key, None)
        at = {"id": self.claim.id, "generation": self.generation, "key": key, "now": self._clock.now()}
        return Write("end_attempt", at)

    def _attempt(self, key: str) -> Write:
        return Write(
            "insert_attempt",
            {
                "id": self.claim.id,
                "generation": self.generation,
                "key": key,
                "worker": self.claim.worker,
                "started_at": self._clock.now(),
            },
        )

    def _release(self, wake_at: float | None, *, seen: int | None = None) -> Write:
        seen = self._seen if seen is None else seen
        return Write("release", {**self._held(), "wake_at": wake_at, "seen": seen, "now": self._clock.now()})

    def _held(self) -> dict[str, Json]:
        return {"id": self.claim.id, "worker": self.claim.worker, "epoch": self.claim.epoch}


def _item(row: Row) -> Item:
    return Item(row["kind"], row["key"], None if row["body"] is None else json.loads(row["body"]), row["at"])
