"""A PostgreSQL server: the same statements, for as many processes and machines as open it.

Writers take turns, as they do at a file: one lock for a transaction, taken at its beginning. So every statement finds
what it would find if nobody else were there, and a refusal is as sure as on one machine; that a transaction holds all
that is ready (group commit) keeps the turns few. Who else has committed is told by the server (`NOTIFY`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, LiteralString, cast

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import DictRow, dict_row

from ..errors import StorageError
from ..records.places import shown
from . import ANOTHER, VERSION, Batch, Outcomes, Row, Store, Write, newer
from .dialect import bound, query, schema, unbound
from .statements import statements

log = logging.getLogger("agentflow.store")

PATIENCE = 30.0
"""Seconds to wait for another process's turn, and after which one that has stopped in its turn has lost it."""
AGAIN = 0.5
"""Seconds between two tries to hear a server that is gone."""
Connection = psycopg.AsyncConnection[DictRow]
_Cursor = psycopg.AsyncCursor[DictRow]
_Apply = Callable[[Connection, Sequence[Sequence[Write]]], Awaitable[Outcomes]]
TURN = 4_217_305_113
"""The lock of whoever writes, by a number of our own."""
CHANNEL = "agentflow"
_UNBINDABLE = (ValueError, psycopg.DataError, psycopg.ProgrammingError)
"""What the driver says of a lone surrogate, of too large a number, of no value at all."""

_ENDED = (psycopg.errors.AdminShutdown, psycopg.errors.CrashShutdown, psycopg.errors.IdleInTransactionSessionTimeout)
"""The last word of a server's process: nothing of an open transaction is stored. The driver may not have seen yet that
the connection is lost with it."""
_ALIVE = {"connect_timeout": 10, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
"""After how many seconds a machine is gone that says nothing; an address may say otherwise."""
_SESSION = {
    "lock_timeout": "{:.0f}",
    "idle_in_transaction_session_timeout": "{:.0f}",
    "default_transaction_isolation": "read committed",  # a snapshot from before the turn would be of another's past
}

_DURABLE: LiteralString = """SELECT set_config('synchronous_commit', 'on', false)
    WHERE current_setting('synchronous_commit') = 'off'"""
"""A commit is on the disk when it returns, as in a file; a server that waits for more goes on doing so."""


class Line:
    """A connection that is made anew where it was lost."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._now: Connection | None = None

    async def open(self) -> Connection:
        """The connection as it is, or another one."""
        if self._now is None or self._now.closed:
            await self.close()
            self._now = await connect(self._place)
        return self._now

    async def lost(self, error: Exception) -> bool:
        """Whether it was the connection that failed, and not what was asked of it."""
        if self._now is not None and isinstance(error, _ENDED):
            await self._now.close()
        return self._now is None or self._now.closed

    async def close(self) -> None:
        if self._now is not None:
            await self._now.close()

    @property
    def pid(self) -> int | None:
        """The number of the server's process at its other end."""
        return None if self._now is None or self._now.closed else self._now.info.backend_pid


class PostgresStore(Store):
    """One database of a server: a line that writes, one that reads, and one that listens."""

    def __init__(self, place: str, writer: Line, reader: Line, listener: Line) -> None:
        super().__init__(place)
        self._writer, self._reader, self._listener = writer, reader, listener
        self._closed = False
        self._reading = asyncio.Lock()
        self._changed = 0
        self._mine = 0
        self._listening = asyncio.create_task(self._listen(), name=f"listener of {place}")

    async def close(self) -> None:
        await self._settled()
        self._closed = True
        self._listening.cancel()
        await asyncio.gather(self._listening, return_exceptions=True)
        for line in (self._writer, self._reader, self._listener):
            await line.close()

    async def rows(self, name: str, /, **params: Any) -> list[Row]:
        try:
            async with self._reading:
                return await self._read(name, params)
        except (psycopg.Error, *_UNBINDABLE) as error:
            raise StorageError(f"{self.place} cannot be read: {said(error)}") from error

    async def _read(self, name: str, params: Mapping[str, Any], *, again: bool = True) -> list[Row]:
        """Where the connection is lost meanwhile, the same over another one, once."""
        self._check_open()
        reader = await self._reader.open()
        try:
            return list(map(unbound, await (await reader.execute(_statement(name), _bound(params))).fetchall()))
        except psycopg.Error as error:
            if again and await self._reader.lost(error):
                return await self._read(name, params, again=False)
            raise

    async def facts(self) -> Mapping[str, Any]:
        try:
            async with self._reading:
                self._check_open()
                reader = await self._reader.open()
                [row] = await (await reader.execute(_FACTS)).fetchall()
        except psycopg.Error as error:
            raise StorageError(f"{self.place} cannot be read: {said(error)}") from error
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

    async def _listen(self) -> None:
        """For as long as the store is open: what was committed while nobody listened is one change more."""
        while True:
            try:
                async for notice in (await self._listener.open()).notifies():
                    self._changed += 1
                    if notice.pid == self._writer.pid:
                        self._mine += 1
                    else:
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
                await listen(self._listener)
            except psycopg.Error:
                await asyncio.sleep(AGAIN)
            else:
                return

    async def _transact(self, batches: Sequence[Sequence[Write]]) -> Outcomes:
        """All batches in one transaction. Where one is refused, which is rare, again with a savepoint for each."""
        try:
            return await self._stored(batches, self._together)
        except _Refused:
            return await self._stored(batches, self._apart)

    async def _stored(self, batches: Sequence[Sequence[Write]], apply: _Apply, *, again: bool = True) -> Outcomes:
        """Where the connection is lost meanwhile, the same over another one, once: the server has forgotten all of it.

        Only where the commit was on its way may it have been stored: that is said, and nothing is done again.
        """
        self._check_open()
        writer, committing = await self._writer.open(), False
        try:
            async with writer.transaction():
                # heard when it is committed, and only then
                await writer.execute(f"SELECT pg_advisory_xact_lock({TURN}); NOTIFY {CHANNEL}")
                outcomes = await apply(writer, batches)
                committing = True
        except psycopg.Error as error:
            if not await self._writer.lost(error):
                raise
            if committing and not isinstance(error, _ENDED):
                why = f"{self.place} was lost in a commit: {said(error)}; whether this was stored is not known"
                return [StorageError(why) for _ in batches]
            if not again:
                raise
            return await self._stored(batches, apply, again=False)
        return outcomes

    async def _together(self, writer: Connection, batches: Sequence[Sequence[Write]]) -> Outcomes:
        """All statements go as one: others wait for their turn, and not for the network between two of ours."""
        try:
            cursor = await _sent(writer, [write for batch in batches for write in batch])
        except (psycopg.IntegrityError, *_UNBINDABLE) as error:  # which of them it was is seen when they go one by one
            raise _Refused(StorageError(said(error))) from None
        return [[await _result(cursor, write) for write in batch] for batch in batches]

    async def _apart(self, writer: Connection, batches: Sequence[Sequence[Write]]) -> Outcomes:
        """A batch that is refused takes none of its neighbours along."""
        outcomes: Outcomes = []
        for batch in batches:
            try:
                async with writer.transaction():
                    outcomes.append(await self._apply(writer, batch))
            except _Refused as refused:
                outcomes.append(refused.why)
        return outcomes

    def _check_open(self) -> None:
        if self._closed:
            raise psycopg.OperationalError("it is closed")

    def _failed(self, batches: Sequence[Batch], error: Exception) -> Outcomes:
        return super()._failed(batches, StorageError(said(error)))

    async def _apply(self, writer: Connection, batch: Sequence[Write]) -> list[list[Row]]:
        """Its results. Raises `_Refused`."""
        results: list[list[Row]] = []
        for write in batch:
            try:
                results.append(await _result(await _sent(writer, [write]), write))
            except psycopg.IntegrityError as error:
                raise _Refused(write.refuse or StorageError(f"{write.name}: {said(error)}")) from None
            except _UNBINDABLE as error:
                why = f"{write.name} has a value that cannot be stored: {said(error)}"
                raise _Refused(StorageError(why)) from None
        return results


class _Refused(Exception):  # it carries an error, and leaves this file as that
    """Why a batch is not stored."""

    def __init__(self, why: Exception) -> None:
        self.why = why


async def opened(place: Path | str) -> Store:
    """The store of the database at this address."""
    name = shown(place)
    lines = [Line(str(place)) for _ in range(3)]
    try:
        await migrate(await lines[0].open(), name)
        await lines[1].open()
        await listen(lines[2])
    except BaseException as error:
        for line in lines:
            await line.close()
        if not isinstance(error, psycopg.Error):
            raise
        raise StorageError(f"{name} cannot be opened as a database: {said(error)}; {ANOTHER}") from None
    return PostgresStore(name, *lines)


async def listen(line: Line) -> None:
    """Have the server tell it of each commit."""
    await (await line.open()).execute(f"LISTEN {CHANNEL}")


async def connect(place: str) -> Connection:
    """Statements are bound here, not by the server: a parameter has the type of where it stands, as in SQLite."""
    told: dict[str, Any] = {**_ALIVE, **conninfo_to_dict(place), "client_encoding": "utf8"}
    connection = await psycopg.AsyncConnection.connect(
        autocommit=True, row_factory=dict_row, cursor_factory=psycopg.AsyncClientCursor, **told
    )
    await connection.execute(_DURABLE)
    for setting, value in _SESSION.items():
        await connection.execute("SELECT set_config(%s, %s, false)", [setting, value.format(PATIENCE * 1000)])
    return connection


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
            for statement in schema(statements("schema.sql")[str(number)]):
                await connection.execute(trusted(statement))
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


_FACTS: LiteralString = """SELECT current_setting('server_version') AS postgresql,
    pg_database_size(current_database()) AS bytes, current_setting('synchronous_commit') AS synchronous_commit,
    current_setting('fsync') AS fsync, current_setting('full_page_writes') AS full_page_writes"""
_LOST = "the server may forget what it has committed when its machine fails: set {} = on there"
_FAULTS = {(name, "off"): _LOST.format(name) for name in ("fsync", "full_page_writes")}
_OTHERS: LiteralString = "SELECT count(*) AS n FROM pg_tables WHERE schemaname = current_schema()"


async def _sent(writer: Connection, writes: Sequence[Write]) -> _Cursor:
    """A cursor that stands before what comes of the first one."""
    cursor = cast("psycopg.AsyncClientCursor[DictRow]", writer.cursor())
    bound = [cursor.mogrify(_statement(write.name), _bound(write.params)) for write in writes]
    await cursor.execute(trusted("\n;\n".join(bound)))
    return cursor


async def _result(cursor: _Cursor, write: Write) -> list[Row]:
    """What comes of a write; the cursor goes on to the next. Raises `_Refused` where it should have done something."""
    rows: list[Row] = list(map(unbound, await cursor.fetchall())) if cursor.description else []
    if write.refuse is not None and not rows and cursor.rowcount < 1:
        raise _Refused(write.refuse)
    cursor.nextset()
    return rows


@cache
def _statement(name: str) -> LiteralString:
    return trusted(query(statements("queries.sql")[name]))


def trusted(sql: str) -> LiteralString:
    """It stands in a file of this folder."""
    return cast("LiteralString", sql)  # type: ignore[redundant-cast]


def _bound(params: Mapping[str, Any]) -> dict[str, Any]:
    return {name: bound(value) for name, value in params.items()}


def said(error: Exception) -> str:
    """The first line: where in the statement it was is for whoever wrote that."""
    return str(error).strip().partition("\n")[0]
