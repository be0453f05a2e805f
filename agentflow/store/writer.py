"""What is written to a PostgreSQL server: all that is ready in one transaction, when it is our turn.

The network is waited for twice, whatever is written: the turn is taken and all statements go in one question, and once
it is seen that none of them refuses, the commit in another.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import psycopg

from ..errors import StorageError
from . import Outcomes, Row, Write
from .line import ENDED, UNBINDABLE, Asked, Connection, Cursor, Line, answer, ask, said, statement, written
from .statements import tells

TURN = 4_217_305_113
"""The lock of whoever writes, by a number of our own."""
CHANNEL = "agentflow"
WORDS = "words"
"""What is told with a commit that has put something into an inbox: whoever has that id in hand looks for it."""
_Apply = Callable[[Connection, Sequence[Sequence[Write]]], Awaitable[Outcomes]]


class Writer:
    """One line, on which one transaction goes at a time."""

    def __init__(self, line: Line, place: str) -> None:
        self._line, self._place = line, place

    @property
    def pid(self) -> int | None:
        """The number of the server's process that writes for us."""
        return self._line.pid

    async def close(self) -> None:
        await self._line.close()

    async def transact(self, batches: Sequence[Sequence[Write]]) -> Outcomes:
        """All batches in one transaction. Where one is refused, which is rare, again with a savepoint for each."""
        try:
            return await self._stored(batches, self._together)
        except (_Refused, _Unknown) as refused:
            if isinstance(refused, _Refused) and len(batches) == 1:
                return [refused.why]
        return await self._stored(batches, self._apart)

    async def _stored(self, batches: Sequence[Sequence[Write]], apply: _Apply, *, again: bool = True) -> Outcomes:
        """Where the connection is lost meanwhile, the same over another one, once: the server has forgotten all of it.

        Only where the commit was on its way may it have been stored: that is said, and nothing is done again.
        """
        writer, committing = await self._line.open(), False
        try:
            async with _or_nothing(writer):
                outcomes = await apply(writer, batches)
            committing = True
            await writer.commit()
        except psycopg.Error as error:
            if not await self._line.lost(error):
                raise
            if committing and not isinstance(error, ENDED):
                why = f"{self._place} was lost in a commit: {said(error)}; whether this was stored is not known"
                return [StorageError(why) for _ in batches]
            if not again:
                raise
            return await self._stored(batches, apply, again=False)
        return outcomes

    async def _together(self, writer: Connection, batches: Sequence[Sequence[Write]]) -> Outcomes:
        """All statements go as one: others wait for their turn, and not for the network between two of ours."""
        cursor = writer.cursor()
        try:
            begin = _begin(batches)
            await ask(cursor, [*begin, *written(cursor, [_asked(write) for batch in batches for write in batch])])
        except (psycopg.IntegrityError, *UNBINDABLE):
            raise _Unknown from None
        for _ in begin:
            cursor.nextset()
        return [[await _result(cursor, write) for write in batch] for batch in batches]

    async def _apart(self, writer: Connection, batches: Sequence[Sequence[Write]]) -> Outcomes:
        """A batch that is refused takes none of its neighbours along."""
        await ask(writer.cursor(), _begin(batches))
        outcomes: Outcomes = []
        for batch in batches:
            try:
                async with writer.transaction():
                    outcomes.append(await _one_by_one(writer, batch))
            except _Refused as refused:
                outcomes.append(refused.why)
        return outcomes


class _Unknown(Exception):
    """Something is not stored; which it was is seen when they go one by one."""


class _Refused(Exception):  # it carries an error, and leaves this file as that
    """Why a batch is not stored."""

    def __init__(self, why: Exception) -> None:
        self.why = why


@asynccontextmanager
async def _or_nothing(writer: Connection) -> AsyncIterator[None]:
    """What was begun inside, and could not be done, is taken back."""
    try:
        yield
    except BaseException:
        await writer.rollback()
        raise


async def _one_by_one(writer: Connection, batch: Sequence[Write]) -> list[list[Row]]:
    """Its results. Raises `_Refused`."""
    cursor, results = writer.cursor(), list[list[Row]]()
    for write in batch:
        try:
            await ask(cursor, written(cursor, [_asked(write)]))
            results.append(await _result(cursor, write))
        except psycopg.IntegrityError as error:
            raise _Refused(write.refuse or StorageError(f"{write.name}: {said(error)}")) from None
        except UNBINDABLE as error:
            why = f"{write.name} has a value that cannot be stored: {said(error)}"
            raise _Refused(StorageError(why)) from None
    return results


def _begin(batches: Sequence[Sequence[Write]]) -> tuple[str, ...]:
    """The turn, and what others are told: they hear it when it is committed, and only then."""
    words = f", '{WORDS}'" if any(_speaks(write) for batch in batches for write in batch) else ""
    return "BEGIN", f"SELECT pg_advisory_xact_lock({TURN})", f"NOTIFY {CHANNEL}{words}"


def _speaks(write: Write) -> bool:
    """Whether it says something to an id. Outcomes are said by whoever has it in hand."""
    return tells(write.name) and write.params.get("kind") != "outcome"


def _asked(write: Write) -> Asked:
    return statement(write.name), write.params


async def _result(cursor: Cursor, write: Write) -> list[Row]:
    """What comes of a write. Raises `_Refused` where it should have done something."""
    done = cursor.rowcount
    rows = await answer(cursor)
    if write.refuse is not None and not rows and done < 1:
        raise _Refused(write.refuse)
    return rows
