"""A PostgreSQL server: the same statements, for as many processes and machines as open it.

Writers take turns, as they do at a file: one lock for a transaction, taken at its beginning. So every statement finds
what it would find if nobody else were there, and a refusal is as sure as on one machine; that a transaction holds all
that is ready (group commit) keeps the turns few. Who else has committed is told by the server (`NOTIFY`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, LiteralString

import psycopg

from ..errors import StorageError
from ..records import new_id
from ..records.places import shown
from . import ANOTHER, VERSION, Batch, Outcomes, Row, Store, Write, newer
from .dialect import schema
from .line import UNBINDABLE, Connection, Line, said, statement, trusted
from .reader import Reader
from .statements import quick, statements
from .writer import CHANNEL, TURN, WORDS, Writer

log = logging.getLogger("agentflow.store")

AGAIN = 0.5
"""Seconds between two tries to hear a server that is gone."""
MANY = 200
"""Quick questions that go as one, at most."""
_MIND = "see that the server runs, has this database and lets you in"


class PostgresStore(Store):
    """One database of a server: a line that writes, two that read, and one that listens."""

    def __init__(self, place: str, name: str, writer: Line, listener: Line, *readers: Line) -> None:
        super().__init__(place)
        self.name = name
        """By which others find out whether we are still there."""
        self._writer, self._listener = Writer(writer, place), listener
        self._quick, self._slow = (Reader(line, most) for line, most in zip(readers, (MANY, 1), strict=True))
        self._closed = False
        self._changed = 0
        self._mine = 0
        self._listening = asyncio.create_task(self._listen(), name=f"listener of {place}")

    async def close(self) -> None:
        await self._settled()
        self._closed = True
        self._listening.cancel()
        await asyncio.gather(self._listening, return_exceptions=True)
        for line in (self._writer, self._quick, self._slow, self._listener):
            await line.close()

    async def rows(self, name: str, /, **params: Any) -> list[Row]:
        return await self._read(self._quick if quick(name, params) else self._slow, statement(name), params)

    async def _read(self, reader: Reader, sql: LiteralString, params: Mapping[str, Any]) -> list[Row]:
        try:
            self._check_open()
            return await reader.rows(sql, params)
        except (psycopg.Error, *UNBINDABLE) as error:
            raise StorageError(f"{self.place} cannot be read: {said(error)}") from error

    async def facts(self) -> Mapping[str, Any]:
        [row] = await self._read(self._slow, _FACTS, {})
        return {**await super().facts(), **row}

    async def faults(self) -> Sequence[str]:
        facts = await self.facts()
        return [fault for (name, bad), fault in _FAULTS.items() if facts[name] == bad]

    def glance(self, name: str, /, **params: Any) -> list[Row] | None:
        """A server is never so near."""
        return None

    async def changes(self) -> int:
        return self._changed

    def elsewhere(self) -> int:
        return self._changed - self._mine

    async def lives(self, name: str) -> bool:
        """Whether the store of this name is open: the server knows when its connection ends, however it does."""
        [row] = await self._read(self._slow, _IS_GONE, {"name": name})
        return not row["gone"]

    async def _listen(self) -> None:
        """For as long as the store is open: what was committed while nobody listened is one change more."""
        while True:
            try:
                async for notice in (await self._listener.open()).notifies():
                    self._changed += 1
                    if notice.pid == self._writer.pid:
                        self._mine += 1
                    elif notice.payload == WORDS:
                        self.stirred()
            except psycopg.Error as error:
                log.warning("%s is not heard, and is called again: %s", self.place, said(error))
                await self._listener.close()
            await self._call_again()
            self._changed += 1
            self.stirred()

    async def _call_again(self) -> None:
        while True:
            try:
                await listen(self._listener, self.name)
            except psycopg.Error:
                await asyncio.sleep(AGAIN)
            else:
                return

    async def _transact(self, batches: Sequence[Sequence[Write]]) -> Outcomes:
        self._check_open()
        return await self._writer.transact(batches)

    def _check_open(self) -> None:
        if self._closed:
            raise psycopg.OperationalError("it is closed")

    def _failed(self, batches: Sequence[Batch], error: Exception) -> Outcomes:
        return super()._failed(batches, StorageError(said(error)))


async def opened(place: Path | str) -> Store:
    """The store of the database at this address."""
    name, seat = shown(place), new_id("worker")
    lines = [Line(str(place)) for _ in range(4)]
    try:
        await migrate(await lines[0].open(), name)
        await listen(lines[1], seat)
    except BaseException as error:
        for line in lines:
            await line.close()
        if not isinstance(error, psycopg.Error):
            raise
        raise StorageError(f"{name} cannot be opened as a database: {said(error)}; {_MIND}, or {ANOTHER}") from None
    return PostgresStore(name, seat, *lines)


async def listen(line: Line, name: str) -> None:
    """Have the server tell it of each commit, and know that whoever has this name is there while the connection is."""
    connection = await line.open()
    await connection.execute(f"LISTEN {CHANNEL}")
    await connection.execute(_IS_HERE, {"name": name})


def _check_letters(connection: Connection, name: str) -> None:
    """Raise `StorageError` where not every text could be kept."""
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise StorageError(
            f"{name} cannot be opened: its encoding is {encoding}, which has not every letter; make one with"
            " `createdb -E UTF8 -T template0 NAME`"
        )


async def migrate(connection: Connection, name: str) -> None:
    """Bring the schema up to date under the writers' lock, so that two processes that start at once do it once."""
    _check_letters(connection, name)
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", [TURN])
        await connection.execute("CREATE TABLE IF NOT EXISTS schema_version (number BIGINT NOT NULL)")
        version = await _version(connection, name)
        if version == VERSION:
            return
        own = statements("postgres.sql")
        for before in (sql for sql in own.values() if "TRIGGER" not in sql):
            await connection.execute(trusted(before))
        for number in range(version + 1, VERSION + 1):
            for sql in schema(statements("schema.sql")[str(number)]):
                await connection.execute(trusted(sql))
        for after in (sql for sql in own.values() if "TRIGGER" in sql):
            await connection.execute(trusted(after))
        await connection.execute("DELETE FROM schema_version")
        await connection.execute("INSERT INTO schema_version VALUES (%s)", [VERSION])


async def _version(connection: Connection, name: str) -> int:
    """The schema that is there; 0 of an empty database. Raises `StorageError` where this is no database of ours."""
    found = await (await connection.execute("SELECT number FROM schema_version")).fetchone()
    if found is None:
        others = await (await connection.execute(_OTHERS)).fetchone()
        if others and others["n"] > 1:
            raise StorageError(f"{name} cannot be opened: it is another program's database; {ANOTHER}")
        return 0
    if found["number"] > VERSION:
        raise newer(name, found["number"], ANOTHER)
    return int(found["number"])


_IS_HERE: LiteralString = "SELECT pg_advisory_lock_shared(hashtextextended(%(name)s, 0))"
_IS_GONE: LiteralString = "SELECT pg_try_advisory_xact_lock(hashtextextended(%(name)s, 0)) AS gone"
"""Of two who ask at one moment, one may hear that he is still there."""
_FACTS: LiteralString = """SELECT current_setting('server_version') AS postgresql,
    pg_database_size(current_database()) AS bytes, current_setting('synchronous_commit') AS synchronous_commit,
    current_setting('fsync') AS fsync, current_setting('full_page_writes') AS full_page_writes"""
_LOST = "the server may forget what it has committed when its machine fails: set {} = on there"
_FAULTS = {(name, "off"): _LOST.format(name) for name in ("fsync", "full_page_writes")}
_OTHERS: LiteralString = "SELECT count(*) AS n FROM pg_tables WHERE schemaname = current_schema()"
