"""Where everything is kept: one SQLite file, statements by name, one writer with group commit.

Every batch of writes is all or nothing. Batches that are ready at the same moment, of whichever runs, go into one
transaction, so that they share one flush to the disk; a batch that is refused takes none of its neighbours along.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast

import aiosqlite

from ..errors import StorageError
from .mounts import mount_of
from .statements import statements

VERSION = 2
PATIENCE = 30.0
"""Seconds to wait for another program that holds the database."""
DURABLE = "PRAGMA synchronous = FULL"
"""A commit is on the disk when it returns."""
Row = Mapping[str, Any]
T = TypeVar("T")
_UNBINDABLE = (ValueError, OverflowError, sqlite3.ProgrammingError, sqlite3.DataError, sqlite3.InterfaceError)
"""What SQLite's binding says of a lone surrogate, of too large a number, of too long a text."""


@dataclass(frozen=True, slots=True)
class Write:
    """One named statement. With `refuse`, it must touch (or find) a row, else the whole batch is refused with it."""

    name: str
    params: Mapping[str, Any]
    refuse: Exception | None = None


@dataclass(slots=True)
class _Batch:
    writes: Sequence[Write]
    done: asyncio.Future[list[list[Row]]] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Store:
    """One database, opened with `await Store.open(path)`. Not shared between threads or event loops."""

    def __init__(self, path: Path, writer: aiosqlite.Connection, reader: aiosqlite.Connection) -> None:
        self.path = path
        self._writer = writer
        self._reader = reader
        self._waiting: list[_Batch] = []
        self._committing: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, path: Path) -> Store:
        """Open or create. Raises `StorageError` for a file that is no database, or one of a newer version."""
        _check_place(path)
        opened: list[aiosqlite.Connection] = []
        try:
            store = cls(path, await _connect(path, opened), await _connect(path, opened))
            await store._migrate()
        except BaseException as error:
            for connection in opened:
                await connection.close()
            if not isinstance(error, sqlite3.Error):
                raise
            raise StorageError(f"{path} cannot be opened as a database: {error}; name another file with --db") from None
        return store

    async def close(self) -> None:
        """Let what is waiting be committed, then close."""
        while self._committing:
            await asyncio.wait([self._committing])
        await self._writer.close()
        await self._reader.close()

    async def rows(self, name: str, /, **params: Any) -> list[Row]:
        """The rows that a named query finds."""
        try:
            found = await self._reader.execute_fetchall(statements("queries.sql")[name], params)
        except (sqlite3.Error, *_UNBINDABLE) as error:
            raise StorageError(f"{self.path} cannot be read: {error}") from error
        return list(found)  # type: ignore[arg-type]  # sqlite3.Row reads like a mapping

    async def row(self, name: str, /, **params: Any) -> Row | None:
        """The first row that a named query finds, or None."""
        found = await self.rows(name, **params)
        return found[0] if found else None

    async def changes(self) -> int:
        """A number that changes when another connection, of this process or any other, has committed."""
        [[version]] = await self._reader.execute_fetchall("PRAGMA data_version")
        return int(version)

    async def write(self, writes: Sequence[Write]) -> list[list[Row]]:
        """Commit a batch, durable when this returns; what each statement returned. Raises the `refuse` that held."""
        batch = _Batch(writes)
        self._waiting.append(batch)
        if self._committing is None:
            self._committing = asyncio.get_running_loop().create_task(self._commit_waiting())
        return await asyncio.shield(batch.done)

    async def _commit_waiting(self) -> None:
        try:
            while self._waiting:
                batches, self._waiting = self._waiting, []
                await self._commit(batches)
        finally:
            self._committing = None

    async def _commit(self, batches: list[_Batch]) -> None:
        try:
            outcomes = await self._in_thread(_transaction, [batch.writes for batch in batches])
        except Exception as error:  # noqa: BLE001  # whatever it was, those who wait must hear of it
            outcomes = [StorageError(f"{self.path} cannot be written: {error}; nothing of this was stored")] * len(
                batches
            )
        for batch, outcome in zip(batches, outcomes, strict=True):
            if batch.done.cancelled():
                continue
            if isinstance(outcome, Exception):
                batch.done.set_exception(outcome)
            else:
                batch.done.set_result(outcome)

    async def _in_thread(self, function: Callable[..., T], *args: Any) -> T:
        """Call a function with the writer's connection, in that connection's thread.

        `_execute` is the one private name of aiosqlite that we use: its public calls cost a hop to the thread for each
        statement, and a transaction has dozens.
        """
        return cast("T", await self._writer._execute(function, self._writer._conn, *args))  # type: ignore[no-untyped-call]

    async def _migrate(self) -> None:
        version = await self._in_thread(_migrate)
        if version > VERSION:
            raise StorageError(
                f"{self.path} was written by a newer agentflow (schema {version}, this one knows {VERSION}): upgrade"
                " agentflow, or name another file with --db"
            )


def _migrate(connection: sqlite3.Connection) -> int:
    """Bring the schema up to date under the write lock, so that two processes that start at once do it once."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        [version] = connection.execute("PRAGMA user_version").fetchone()
        for number in range(version + 1, VERSION + 1):
            for statement in statements("schema.sql")[str(number)].split(";\n"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    return max(int(version), VERSION)


def _transaction(
    connection: sqlite3.Connection, batches: Sequence[Sequence[Write]]
) -> list[list[list[Row]] | Exception]:
    """Runs in the connection's thread: all batches in one transaction, each behind a savepoint of its own."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        outcomes = [_apply(connection, batch) for batch in batches]
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return outcomes


def _apply(connection: sqlite3.Connection, batch: Sequence[Write]) -> list[list[Row]] | Exception:
    connection.execute("SAVEPOINT batch")
    results: list[list[Row]] = []
    for write in batch:
        try:
            cursor = connection.execute(statements("queries.sql")[write.name], write.params)
            rows: list[Row] = cursor.fetchall()
        except sqlite3.IntegrityError as error:
            return _undo(connection, write.refuse or StorageError(f"{write.name}: {error}"))
        except _UNBINDABLE as error:
            return _undo(connection, StorageError(f"{write.name} has a value that cannot be stored: {error}"))
        if write.refuse is not None and not rows and cursor.rowcount < 1:
            return _undo(connection, write.refuse)
        results.append(rows)
    connection.execute("RELEASE batch")
    return results


def _undo(connection: sqlite3.Connection, why: Exception) -> Exception:
    connection.execute("ROLLBACK TO batch")
    connection.execute("RELEASE batch")
    return why


async def _connect(path: Path, opened: list[aiosqlite.Connection]) -> aiosqlite.Connection:
    """A connection that is also in `opened`, so that whoever fails half-way, or is cancelled, can close it."""
    connection = await aiosqlite.connect(path, isolation_level=None, timeout=PATIENCE)
    opened.append(connection)
    connection.row_factory = sqlite3.Row
    await _refuse_foreign(connection, path)
    await _switch_to_wal(connection)
    for pragma in (DURABLE, "PRAGMA foreign_keys = ON"):
        await connection.execute(pragma)
    return connection


def _check_place(path: Path) -> None:
    if path.is_dir() or not path.parent.is_dir():
        why = "it is a folder" if path.is_dir() else f"there is no folder {path.parent}"
        raise StorageError(f"{path} cannot be opened: {why}; name another file with --db")
    mount = mount_of(path)
    if mount is not None and mount.shared:
        raise StorageError(
            f"{path} is on {mount.point}, a network file system ({mount.kind}): a database's locks and shared memory"
            " work on one machine only; put it on a local disk, and name it with --db"
        )


async def _refuse_foreign(connection: aiosqlite.Connection, path: Path) -> None:
    """Write nothing, not even the journal's mode, into a database that another program made."""
    # In this order: where somebody makes ours meanwhile, tables and version come together.
    [[tables]] = await connection.execute_fetchall("SELECT COUNT(*) FROM sqlite_master")
    [[version]] = await connection.execute_fetchall("PRAGMA user_version")
    if version == 0 and tables > 0:
        raise StorageError(f"{path} cannot be opened: it is another program's database; name another file with --db")


async def _switch_to_wal(connection: aiosqlite.Connection) -> None:
    """SQLite does not wait for others here, as it does everywhere else: so we do."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            await connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > end:
                raise
            await asyncio.sleep(0.02)
        else:
            return
