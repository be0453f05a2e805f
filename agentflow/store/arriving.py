"""A PostgreSQL database that everything arrives in: in one transaction, under the writers' lock, or not at all."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, LiteralString

import psycopg
from psycopg.rows import DictRow, tuple_row

from ..errors import StorageError
from ..records.places import shown
from .dialect import bound, plain, query
from .leaving import Mark
from .line import Connection, connect, said, trusted
from .postgres import migrate
from .statements import statements
from .tables import Sum, Table, Values, tables
from .writer import CHANNEL

PORTION = 50
"""Rows that are read back at a time."""
_OWN = "NOT (name = 'default' AND sandbox = 0 AND suspended_at IS NULL)"
"""The one tenant that every database begins with."""


class Arriving:
    """A database of a server, in the turn to write of whoever has this."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.committing = False
        """Whether it has been told to store everything."""

    async def arrived(self, mark: Mark) -> bool:
        """Whether everything of this move is here."""
        return bool(await (await self._run("arrival", id=mark.id)).fetchone())

    async def holds(self) -> Mapping[str, int]:
        """How many rows there are of each table that is not as in a new database, but for those who work here."""
        counts = {table.name: await self._count(table) for table in tables() if table.name != "workers"}
        return {name: count for name, count in counts.items() if count}

    async def _count(self, table: Table) -> int:
        beside = f" WHERE {_OWN}" if table.name == "tenants" else ""
        counted = trusted(f"SELECT count(*) AS n FROM {table.name}{beside}")  # noqa: S608  # of the schema
        [row] = await (await self._connection.execute(counted)).fetchall()
        return int(row["n"])

    async def clear(self) -> None:
        """Take away what a new database begins with: it comes again, as it was there."""
        await self._connection.execute("DELETE FROM tenants")

    async def take(self, table: Table, portions: Iterable[Sequence[Values]]) -> None:
        """All rows of a table."""
        into = trusted(f"COPY {table.name} ({table.listed}) FROM STDIN")
        async with self._connection.cursor() as cursor, cursor.copy(into) as copy:
            for portion in portions:
                for row in portion:
                    await copy.write_row(tuple(map(bound, row)))

    async def sum(self, table: Table) -> Sum:
        """What has arrived in a table, as it is read here."""
        found = Sum()
        async with self._connection.cursor(name="arrived", row_factory=tuple_row) as cursor:
            await cursor.execute(trusted(f"SELECT {table.listed} FROM {table.name}"))  # noqa: S608  # of the schema
            while portion := await cursor.fetchmany(PORTION):
                found.add([tuple(map(plain, row)) for row in portion])
        return found

    async def count_on(self, table: Table, highest: int) -> None:
        """Have the next number be higher than any that was given before the move, to rows that are gone, too."""
        counted = {"table": table.name, "column": table.counted, "highest": highest}
        await self._connection.execute(_NEXT, counted)
        await self._connection.execute(_HIGHEST, counted)

    async def note(self, mark: Mark, place: str, now: float) -> None:
        """That everything has arrived, with the id of the mark that is there."""
        await self._run("insert_arrival", id=mark.id, place=place, began_at=mark.began_at, now=now)

    async def commit(self) -> None:
        """Store everything; whoever listens hears of it."""
        self.committing = True
        await self._connection.execute("COMMIT")

    async def _run(self, name: str, /, **params: Any) -> psycopg.AsyncCursor[DictRow]:
        return await self._connection.execute(trusted(query(statements("queries.sql")[name])), params)


_NEXT: LiteralString = "SELECT setval(pg_get_serial_sequence(%(table)s, %(column)s), %(highest)s + 1, false)"
_HIGHEST: LiteralString = (
    "INSERT INTO sqlite_sequence (name, seq) VALUES (%(table)s, %(highest)s)"
    " ON CONFLICT (name) DO UPDATE SET seq = excluded.seq"
)


@asynccontextmanager
async def arriving(place: str) -> AsyncIterator[Arriving]:
    """A database at this address, of this version's schema. What is not committed inside was never there, the schema
    of a new database included. Raises `StorageError`."""
    name, connection, there = shown(place), None, None
    try:
        connection = await connect(place)
        await connection.execute("BEGIN")
        await migrate(connection, name)
        await connection.execute(trusted(f"NOTIFY {CHANNEL}"))
        there = Arriving(connection)
        yield there
    except psycopg.Error as error:
        unsure = there is not None and there.committing
        end = "whether everything has arrived is not known: `agentflow move` looks, and goes on" if unsure else _NOTHING
        raise StorageError(f"{name} cannot be moved to: {said(error)}; {end}") from None
    finally:
        if connection is not None:
            await connection.close()


_NOTHING = "nothing was moved"
