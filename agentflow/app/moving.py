"""A whole house that moves from a file to a server: what that would be, doing it, and taking it back.

No verb of an open house, since none may be open: it works on the two databases, for whoever has both.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ..engine.presence import alive, folder
from ..errors import Refused, UsageError
from ..records import DEFAULT_TENANT, FINISHED, Json, Principal, new_id
from ..records.places import is_server, shown
from ..settings import FILE, Settings
from ..store import Row, Store, Write, moving
from ..store.audit import entry
from ..store.leaving import Mark, at_work
from ..store.moving import Told

log = logging.getLogger("agentflow.moving")

SHOWN = 20
"""Runs that a report names."""
SOON = 3600.0
"""Seconds within which something is due soon."""


@dataclass(frozen=True, slots=True)
class Open:
    """A run that goes on at the other place."""

    id: str
    tenant: str
    agent: str
    status: str
    waits: Sequence[Json]
    """For what, each with `for`, `step` and perhaps `until`."""
    due: float | None
    """When it would wake by itself."""


@dataclass(frozen=True, slots=True)
class Report:
    """What would move, or has moved, and what stays behind."""

    database: str
    to: str
    state: Literal["here", "begun", "moved"]
    """`begun` is a move that was cut off: it goes on, or is undone."""
    rows: Mapping[str, int]
    """By table."""
    counts: Mapping[str, Mapping[str, int]]
    """Of goals, runs, approvals and schedules, how many of each status."""
    runs: Sequence[Open]
    """Those that go on, the next to wake first."""
    more_runs: int
    due_soon: int
    """Of runs, goals and schedules, how many have something to do within an hour."""
    needs: Sequence[str]
    """What the workers at the other place must have, so that all runs go on."""
    workers: Sequence[str]
    """Who works on the file, and must end before."""
    unfit: Sequence[str]
    """Values that the server cannot store; nothing moves before they are gone."""
    more_unfit: int
    in_the_way: Mapping[str, int]
    """What the other database holds, by table: it must be empty."""
    left: Mapping[str, str]
    """What does not move, and what to do about it."""

    def hindered(self) -> str | None:
        """Why it cannot move, in a line; None where it can."""
        if self.workers:
            return at_work(self.database, self.workers)
        if self.unfit:
            more = f" and {self.more_unfit} more" if self.more_unfit else ""
            return f"PostgreSQL cannot store what is in {', '.join(self.unfit)}{more}; nothing was moved"
        return moving.in_the_way(self.to, self.in_the_way) if self.in_the_way else None


@dataclass(frozen=True, slots=True)
class Mover:
    """Moves what is in a file, as somebody who may."""

    source: Path
    by: Principal
    now: Callable[[], float]

    def __post_init__(self) -> None:
        if "admin" not in self.by.roles or self.by.tenant != DEFAULT_TENANT:
            raise Refused(f"{self.by.name} may not move a house: that is for admins of the tenant {DEFAULT_TENANT}")

    def place(self, given: str | None) -> str:
        """The address to move to; where none is given, that of a move that has begun."""
        place = given or getattr(moving.marked(self.source), "place", None)
        if place is None:
            raise UsageError("where to? give --to postgresql://USER@HOST/NAME")
        if not is_server(place):
            raise UsageError(f"--to {place} is no server: a house moves to postgresql://USER@HOST/NAME")
        return str(place)

    async def report(self, given: str | None, settings: Settings) -> Report:
        """What would move. Reads all of it, and changes neither place."""
        store = await Store.open(self.source)  # which brings it to this version's schema
        try:
            place = self.place(given)
            load, counts = moving.weighed(self.source), await _counts(store)
            most = 0 if load.unfit else SHOWN  # what is unfit may stand in them, and is named by itself
            runs = [_open(row) for row in await store.rows("departing_runs", most=most)]
            [due] = await store.rows("departing_due", soon=self.now() + SOON)
            needs = {need for row in await store.rows("departing_needs") for need in json.loads(row["needs"])}
        finally:
            await store.close()
        mark = moving.marked(self.source)
        going = sum(n for status, n in counts["runs"].items() if status not in FINISHED)
        return Report(
            database=str(self.source),
            to=shown(place),
            state="here" if mark is None else "begun" if mark.done_at is None else "moved",
            rows=load.rows,
            counts=counts,
            runs=runs,
            more_runs=going - len(runs),
            due_soon=due["n"],
            needs=sorted(needs),
            workers=_living(self.source),
            unfit=[str(unfit) for unfit in load.unfit],
            more_unfit=load.more,
            in_the_way=await moving.looked(self.source, place),
            left=_left(self.source, settings),
        )

    async def move(self, given: str | None) -> Mark:
        """Move all of it, or go on with that; where it is then. Raises `Conflict` for what is in the way."""
        place = self.place(given)
        mark = Mark(new_id("move"), shown(place), self.now())
        return await moving.moved(self.source, place, mark, lambda: _living(self.source), self._told())

    async def undo(self, given: str | None, *, gone: bool = False) -> Mark:
        """Take back a move that has begun, where nothing has arrived. With `gone` that is somebody's word: the server
        is no more, and is not asked."""
        ask = not gone and moving.marked(self.source) is not None
        return await moving.undone(self.source, self.place(given) if ask else None, self._told())

    def _told(self) -> Told:
        def noted(mark: Mark, **details: Json) -> Write:
            return entry(self.by, "house.move", mark.place, {"move": mark.id, **details}, self.now())

        return Told(noted, lambda mark: noted(mark, undone=True), self.now)


async def mind(store: Store) -> None:
    """Say so where what is here is not how things stand any more. Who writes is refused; who reads shall know it."""
    if row := await store.row("departure"):
        word = "is being moved" if row["done_at"] is None else "was moved"
        log.warning("%s %s to %s: what is here is as it was then", store.place, word, row["place"])


def _living(source: Path) -> list[str]:
    """Who holds a lock beside the file: also a worker that has only just begun, and has no row yet."""
    return [lock.stem for lock in sorted(folder(source).glob("*.lock")) if alive(source, lock.stem)]


async def _counts(store: Store) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {"goals": {}, "runs": {}, "approvals": {}, "schedules": {}}
    for row in await store.rows("departing"):
        counts[row["kind"]][row["status"]] = row["n"]
    return counts


def _open(row: Row) -> Open:
    reason = json.loads(row["reason"]) if row["reason"] else {}
    return Open(row["id"], row["tenant"], row["agent"], row["status"], (reason or {}).get("waits", []), row["due"])


def _left(source: Path, settings: Settings) -> dict[str, str]:
    left = {FILE: "take it along: its db is the new address then"} if (settings.folder / FILE).exists() else {}
    left |= dict.fromkeys(settings.tools, "take it along: workers call its tools")
    left["secrets, keys of models"] = "give them to each worker"
    return left | {source.name: "stays, to look into; it takes no writes any more"}
