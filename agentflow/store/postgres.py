"""A PostgreSQL server: the same statements, for as many processes and machines as open it.

Writers take turns, as they do at a file: one lock for a transaction, taken at its beginning. So every statement finds
what it would find if nobody else were there, and a refusal is as sure as on one machine; that a transaction holds all
that is ready (group commit) keeps the turns few. Who else has committed is told by the server (`NOTIFY`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, LiteralString, cast

import psycopg
from psycopg.rows import DictRow, dict_row

from ..errors import StorageError
from . import VERSION, Outcomes, Row, Store, Write, newer
from .dialect import query, schema
from .statements import statements

_Connection = psycopg.AsyncConnection[DictRow]
_TURN = 4_217_305_113
"""The lock of whoever writes, by a number of our own."""
_CHANNEL = "agentflow"
_UNBINDABLE = (ValueError, psycopg.DataError, psycopg.ProgrammingError)
"""What the driver says of a lone surrogate, of too large a number, of a text with a zero byte, of no value at all."""


class PostgresStore(Store):
    """One database of a server: a connection that writes, one that reads, and one that listens."""

    def __init__(self, place: str, writer: _Connection, reader: _Connection, listener: _Connection) -> None:
        super().__init__(place)
        self._writer, self._reader, self._listener = writer, reader, listener
        self._reading = asyncio.Lock()
        self._changed = 0
        self._mine = 0
        self._listening = asyncio.create_task(self._listen(), name=f"listener of {place}")

    async def close(self) -> None:
        await self._settled()
        self._listening.cancel()
        await asyncio.gather(self._listening, return_exceptions=True)
        for connection in (self._writer, self._reader, self._listener):
            await connection.close()

    async def rows(self, name: str, /, **params: Any) -> list[Row]:
        try:
            async with self._reading, self._reader.cursor() as cursor:
                await cursor.execute(_statement(name), _plain(params))
                return list(await cursor.fetchall())
        except (psycopg.Error, *_UNBINDABLE) as error:
            raise StorageError(f"{self.place} cannot be read: {_said(error)}") from error

    def glance(self, name: str, /, **params: Any) -> list[Row] | None:
        """A server is never so near."""
        return None

    async def changes(self) -> int:
        return self._changed

    def elsewhere(self) -> int:
        return self._changed - self._mine

    async def _listen(self) -> None:
        async for notice in self._listener.notifies():
            self._changed += 1
            self._mine += notice.pid == self._writer.info.backend_pid

    async def _transact(self, batches: Sequence[Sequence[Write]]) -> Outcomes:
        """All batches in one transaction. Where one is refused, which is rare, again with a savepoint for each."""
        try:
            async with self._writer.transaction():
                await self._begin()
                return [await self._apply(batch) for batch in batches]
        except _Refused as refused:
            if len(batches) == 1:
                return [refused.why]
            return await self._apart(batches)

    async def _apart(self, batches: Sequence[Sequence[Write]]) -> Outcomes:
        """A batch that is refused takes none of its neighbours along."""
        outcomes: Outcomes = []
        async with self._writer.transaction():
            await self._begin()
            for batch in batches:
                try:
                    async with self._writer.transaction():
                        outcomes.append(await self._apply(batch))
                except _Refused as refused:
                    outcomes.append(refused.why)
        return outcomes

    async def _begin(self) -> None:
        await self._writer.execute("SELECT pg_advisory_xact_lock(%s)", [_TURN])
        await self._writer.execute(f"NOTIFY {_CHANNEL}")  # heard when it is committed, and only then

    async def _apply(self, batch: Sequence[Write]) -> list[list[Row]]:
        """Its results. Raises `_Refused`."""
        results: list[list[Row]] = []
        for write in batch:
            try:
                cursor = await self._writer.execute(_statement(write.name), _plain(write.params))
                rows: list[Row] = list(await cursor.fetchall()) if cursor.description else []
            except psycopg.IntegrityError as error:
                raise _Refused(write.refuse or StorageError(f"{write.name}: {_said(error)}")) from None
            except _UNBINDABLE as error:
                why = f"{write.name} has a value that cannot be stored: {_said(error)}"
                raise _Refused(StorageError(why)) from None
            if write.refuse is not None and not rows and cursor.rowcount < 1:
                raise _Refused(write.refuse)
            results.append(rows)
        return results


class _Refused(Exception):  # it carries an error, and leaves this file as that
    """Why a batch is not stored."""

    def __init__(self, why: Exception) -> None:
        self.why = why


async def opened(place: Path | str) -> Store:
    """The store of the database at this address."""
    name = _shown(str(place))
    connections: list[_Connection] = []
    try:
        while len(connections) < 3:
            connections.append(await _connect(str(place)))
        await _migrate(connections[0], name)
        await connections[2].execute(f"LISTEN {_CHANNEL}")
    except BaseException as error:
        for connection in connections:
            await connection.close()
        if not isinstance(error, psycopg.Error):
            raise
        raise StorageError(f"{name} cannot be opened as a database: {_said(error)}; name another with --db") from None
    return PostgresStore(name, *connections)


async def _connect(place: str) -> _Connection:
    """Statements are bound here, not by the server: a parameter has the type of where it stands, as in SQLite."""
    return await psycopg.AsyncConnection.connect(
        place, autocommit=True, row_factory=dict_row, cursor_factory=psycopg.AsyncClientCursor
    )


async def _migrate(connection: _Connection, name: str) -> None:
    """Bring the schema up to date under the writers' lock, so that two processes that start at once do it once."""
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", [_TURN])
        await connection.execute("CREATE TABLE IF NOT EXISTS schema_version (number BIGINT NOT NULL)")
        version = await _version(connection, name)
        if version == VERSION:
            return
        own = statements("postgres.sql")
        for before in (sql for sql in own.values() if "TRIGGER" not in sql):
            await connection.execute(_trusted(before))
        for number in range(version + 1, VERSION + 1):
            for statement in schema(statements("schema.sql")[str(number)]):
                await connection.execute(_trusted(statement))
        for after in (sql for sql in own.values() if "TRIGGER" in sql):
            await connection.execute(_trusted(after))
        await connection.execute("DELETE FROM schema_version")
        await connection.execute("INSERT INTO schema_version VALUES (%s)", [VERSION])


async def _version(connection: _Connection, name: str) -> int:
    """The schema that is there; 0 of an empty database. Raises `StorageError` where this is no database of ours."""
    found = await (await connection.execute("SELECT number FROM schema_version")).fetchone()
    if found is None:
        others = await (await connection.execute(_OTHERS)).fetchone()
        if others and others["n"] > 1:
            raise StorageError(f"{name} cannot be opened: it is another program's database; name another with --db")
        return 0
    if found["number"] > VERSION:
        raise newer(name, found["number"], "name another database with --db")
    return int(found["number"])


_OTHERS: LiteralString = "SELECT count(*) AS n FROM pg_tables WHERE schemaname = current_schema()"


@cache
def _statement(name: str) -> LiteralString:
    return _trusted(query(statements("queries.sql")[name]))


def _trusted(sql: str) -> LiteralString:
    """It stands in a file of this folder."""
    return cast("LiteralString", sql)  # type: ignore[redundant-cast]


def _plain(params: Mapping[str, Any]) -> dict[str, Any]:
    """SQLite keeps true as 1."""
    return {name: int(value) if isinstance(value, bool) else value for name, value in params.items()}


def _said(error: Exception) -> str:
    """The first line: where in the statement it was is for whoever wrote that."""
    return str(error).strip().partition("\n")[0]


def _shown(place: str) -> str:
    """The address without a password."""
    head, at, rest = place.rpartition("@")
    scheme, slashes, who = head.partition("://")
    return f"{scheme}{slashes}{who.partition(':')[0]}{at}{rest}" if at else place
