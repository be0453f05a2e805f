"""Everything of a SQLite file, carried to a PostgreSQL database: row by row, and compared.

What is true of a run stands in the same tables of both, so a move is a copy of them. `leaving.py` has the states that
a crash may leave behind, and how it goes on from each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import Conflict, StorageError
from ..records.places import shown
from . import Write, room
from .leaving import Leaving, Mark, leaving
from .tables import Sum, Table, Values, tables

if TYPE_CHECKING:
    from .arriving import Arriving

LEFT = frozenset({"moved", "workers"})
"""Tables whose rows stay: who works at the other place says so there."""
NAMED = 20
"""How many values that cannot be stored are named."""


@dataclass(frozen=True, slots=True)
class Unfit:
    """A value that PostgreSQL cannot store."""

    table: str
    id: str
    column: str
    why: str

    def __str__(self) -> str:
        return f"{self.table} {self.id}: {self.column} has {self.why}"


@dataclass(frozen=True, slots=True)
class Load:
    """What there is to carry, by table, and what of it cannot be."""

    rows: Mapping[str, int]
    unfit: Sequence[Unfit]
    more: int
    """How many values beside those cannot be carried either."""


@dataclass(frozen=True, slots=True)
class Told:
    """What goes into the audit log, and what time it is then."""

    begun: Callable[[Mark], Write]
    undone: Callable[[Mark], Write]
    now: Callable[[], float]


def weighed(path: Path) -> Load:
    """What there is to carry. Reads all of it."""
    rows, unfit, more = {}, list[Unfit](), 0
    with leaving(path) as source:
        for table in _carried():
            rows[table.name] = 0
            for portion in source.rows(table):
                rows[table.name] += len(portion)
                found = list(_unfit(table, portion))
                room = NAMED - len(unfit)
                unfit, more = [*unfit, *found[:room]], more + len(found[room:])
    return Load({name: count for name, count in rows.items() if count}, unfit, more)


async def looked(path: Path, place: str) -> Mapping[str, int]:
    """What is at the other place and in the way, by table; nothing is where this very move has arrived."""
    with leaving(path) as source:
        mark = source.mark()
    async with _arriving(place) as there:
        return {} if mark and await there.arrived(mark) else await there.holds()


def marked(path: Path) -> Mark | None:
    """The mark that a file has."""
    with leaving(path) as source:
        return source.mark()


async def moved(path: Path, place: str, mark: Mark, living: Callable[[], Sequence[str]], told: Told) -> Mark:
    """Carry everything to the database at this address, or go on with that; the mark as it is then.

    Whatever ends it before the other database is told to store everything leaves things as they were.
    """
    with leaving(path) as source:
        begun = source.mark()
        if begun is None:
            source.begin(mark, living, told.begun(mark))
        elif begun.place != mark.place:
            raise Conflict(_another(path, begun))
        with source.held(begun or mark):
            await _through(source, place, begun or mark, told, sure=begun is None)
        ended = source.mark()
        assert ended is not None
        return ended


async def undone(path: Path, place: str | None, told: Told) -> Mark:
    """Take the mark back, where nothing has arrived; the mark that it was. Without a place, on somebody's word."""
    with leaving(path) as source:
        mark = source.mark()
        if mark is None:
            raise Conflict(f"{path} is not being moved: there is nothing to undo")
        if place is not None and shown(place) != mark.place:
            raise Conflict(_another(path, mark))
        with source.held(mark):
            if place is None:
                source.undo(mark, told.undone(mark))
                return mark
            async with _arriving(place) as there:
                if mark.done_at or await there.arrived(mark):
                    raise Conflict(f"everything of {path} is at {mark.place}, and may be worked on there: it stays so")
                source.undo(mark, told.undone(mark))
    return mark


async def _through(source: Leaving, place: str, mark: Mark, told: Told, *, sure: bool) -> None:
    """`sure` that nothing of it has arrived yet."""
    try:
        async with _arriving(place) as there:
            if not await there.arrived(mark):
                sure = True
                await _carry(source, there, mark)
                await there.note(mark, str(source.path), told.now())
                sure = False
                await there.commit()
    except BaseException:
        if sure:
            source.undo(mark, told.undone(mark))
        raise
    source.end(mark, told.now())


async def _carry(source: Leaving, there: Arriving, mark: Mark) -> None:
    """All rows of all tables."""
    if held := await there.holds():
        raise Conflict(in_the_way(mark.place, held))
    await there.clear()
    for table in _carried():
        sent = Sum()
        await there.take(table, _checked(source, table, sent))
        if table.counted is not None:
            await there.count_on(table, source.counted(table))
        got = await there.sum(table)
        if (got.rows, got.digest) != (sent.rows, sent.digest):
            said = f"{sent.rows} rows of {table.name} were sent and {got.rows} arrived, or others than were sent"
            raise StorageError(f"{mark.place} does not have what was sent: {said}; nothing was moved")


def in_the_way(place: str, held: Mapping[str, int]) -> str:
    """That a database is not empty, in a line."""
    what = ", ".join(f"{count} in {name}" for name, count in held.items())
    return f"{place} is not empty: it has {what}; name an empty database, nothing was moved"


def _another(path: Path, mark: Mark) -> str:
    moves = "was moved" if mark.done_at else "is being moved"
    return f"{path} {moves} to {mark.place}, and not to another place: name that with --to"


def _checked(source: Leaving, table: Table, sent: Sum) -> Iterator[Sequence[Values]]:
    for portion in source.rows(table):
        for unfit in _unfit(table, portion):
            raise Conflict(f"PostgreSQL cannot store what is in {unfit}; nothing was moved")
        sent.add(portion)
        yield portion


def _unfit(table: Table, rows: Sequence[Values]) -> Iterator[Unfit]:
    for row in rows:
        for column, why in table.unfit(row):
            yield Unfit(table.name, table.id(row), column, why)


def _arriving(place: str) -> AbstractAsyncContextManager[Arriving]:
    found: AbstractAsyncContextManager[Arriving] = room(".arriving").arriving(place)
    return found


def _carried() -> list[Table]:
    return [table for table in tables() if table.name not in LEFT]
