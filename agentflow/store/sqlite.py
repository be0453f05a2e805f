"""A SQLite file: one writer, two readers, and what is quick is done without a thread."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self, TypeVar, cast

import aiosqlite

from ..errors import StorageError
from . import ANOTHER, VERSION, Batch, Outcomes, Row, Store, Write, newer
from .chain import chained
from .mounts import mount_of
from .statements import quick, statements

PATIENCE = 30.0
"""Seconds to wait for another program that holds the database."""
DURABLE = "PRAGMA synchronous = FULL"
"""A commit is on the disk when it returns."""
T = TypeVar("T")
FEW = 200
"""Rows that are read without a thread."""
MANY = 1000
"""Writes beyond which a transaction is left to the thread."""
QUICK = 0.004
"""Seconds that a flush to the disk may take without a thread."""
WRITE = 50e-6
"""Seconds of a statement, at most."""
BREATH = 0.002
"""Seconds between two tries to get a database that another program holds, and for which reads may keep the loop."""
_UNBINDABLE = (ValueError, OverflowError, sqlite3.ProgrammingError, sqlite3.DataError, sqlite3.InterfaceError)
"""What SQLite's binding says of a lone surrogate, of too large a number, of too long a text."""


class SqliteStore(Store):
    """One file. Not shared between threads or event loops."""

    def __init__(self, path: Path, writer: aiosqlite.Connection, *readers: aiosqlite.Connection) -> None:
        super().__init__(str(path))
        self.path = path
        self.patience = PATIENCE
        self._writer = writer
        self._reader, self._glance = readers
        self._foreign = 0
        self._breath = 0.0
        self._closed = False
        self._cost = 0.0
        """Seconds that a flush took of late."""

    @classmethod
    async def opened(cls, path: Path) -> Self:
        """Open or create it."""
        _check_place(path)
        opened: list[aiosqlite.Connection] = []
        try:
            store = cls(path, *[await _connect(path, opened) for _ in range(3)])
            await store._migrate()
            for connection in (store._writer, store._glance):
                await connection.execute("PRAGMA busy_timeout = 0")  # nobody waits where the event loop runs
        except BaseException as error:
            for connection in opened:
                await connection.close()
            if not isinstance(error, sqlite3.Error):
                raise
            raise StorageError(f"{path} cannot be opened as a database: {error}; {advice(error)}") from None
        return store

    async def close(self) -> None:
        await self._settled()
        self._closed = True
        for connection in (self._writer, self._reader, self._glance):
            await connection.close()

    async def rows(self, name: str, /, **params: Any) -> list[Row]:
        if quick(name, params) and (few := self.glance(name, **params)) is not None:
            if time.monotonic() > self._breath:  # whoever reads in a loop lets others go on now and then
                await asyncio.sleep(0)
                self._breath = time.monotonic() + BREATH
            return few
        try:
            found = await self._reader.execute_fetchall(statements("queries.sql")[name], params)
        except (sqlite3.Error, *_UNBINDABLE) as error:
            raise self._unread(error) from error
        return list(found)  # type: ignore[arg-type]  # sqlite3.Row reads like a mapping

    def glance(self, name: str, /, **params: Any) -> list[Row] | None:
        """None where there are many: a few are read in less time than another thread needs to hear of it."""
        try:
            cursor = self._glance._conn.execute(statements("queries.sql")[name], params)
            rows: list[Row] = cursor.fetchmany(FEW)
            if len(rows) == FEW:
                cursor.close()
        except sqlite3.OperationalError:
            return None  # it is locked: the other connection waits for that
        except (sqlite3.Error, *_UNBINDABLE) as error:
            raise self._unread(error) from error
        return rows if len(rows) < FEW else None

    def _unread(self, error: Exception) -> StorageError:
        why = "it is closed" if self._closed else error
        return StorageError(f"{self.path} cannot be read: {why}")

    async def changes(self) -> int:
        [[version]] = self._glance._conn.execute("PRAGMA data_version").fetchall()
        return int(version)

    def elsewhere(self) -> int:
        if self._flushing is None and not self._closed:  # else its thread may hold the connection: we look again soon
            with suppress(sqlite3.OperationalError):  # it is locked: the same
                [[self._foreign]] = self._writer._conn.execute("PRAGMA data_version").fetchall()
        return self._foreign

    def _at_once(self, batches: Sequence[Batch]) -> Outcomes | None:
        """None where that would hold up everybody else: a slow disk, many writes, another program with the lock.

        On a quick disk, a thread costs more than a flush does.
        """
        if self._cost >= QUICK or sum(len(batch.writes) for batch in batches) > MANY:
            return None
        begun = time.perf_counter()
        try:
            outcomes = _transaction(self._writer._conn, [batch.writes for batch in batches])
        except Exception as error:  # noqa: BLE001  # whatever it was, those who wait must hear of it
            return None if _is_busy(error) else self._failed(batches, error)
        self._learn(time.perf_counter() - begun, sum(len(batch.writes) for batch in batches))
        return outcomes

    async def _transact(self, batches: Sequence[Sequence[Write]]) -> Outcomes:
        seconds, outcomes = await self._in_thread(_patient_transaction, batches, self.patience)
        self._learn(seconds, sum(map(len, batches)))
        return outcomes

    def _learn(self, seconds: float, statements: int) -> None:
        """What the disk takes, roughly: a transaction's time without that of its statements."""
        flush = max(0.0, seconds - WRITE * statements)
        self._cost += (flush - self._cost) / 8

    async def _in_thread(self, function: Callable[..., T], *args: Any) -> T:
        """Call a function with the writer's connection, in that connection's thread.

        `_execute` is the one private name of aiosqlite that we use: its public calls cost a hop to the thread for each
        statement, and a transaction has dozens.
        """
        return cast("T", await self._writer._execute(function, self._writer._conn, *args))  # type: ignore[no-untyped-call]

    async def _migrate(self) -> None:
        version = await self._in_thread(_migrate)
        if version > VERSION:
            raise newer(self.place, version, ANOTHER)


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


def _patient_transaction(
    connection: sqlite3.Connection, batches: Sequence[Sequence[Write]], patience: float
) -> tuple[float, Outcomes]:
    """Runs in the connection's thread, where waiting for another program hurts nobody; how long it took too."""
    end = time.monotonic() + patience
    while True:
        begun = time.monotonic()
        try:
            outcomes = _transaction(connection, batches)
        except sqlite3.OperationalError as error:
            if not _is_busy(error) or begun > end:
                raise
            time.sleep(BREATH)
        else:
            return time.monotonic() - begun, outcomes


def advice(error: sqlite3.Error) -> str:
    """What to do where a file cannot be opened."""
    return _ROOM if getattr(error, "sqlite_errorcode", 0) & 0xFF in _REFUSED else ANOTHER


_ROOM = "see that its disk has room, and can be written"
_REFUSED = frozenset({sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL})


def _is_busy(error: Exception) -> bool:
    return isinstance(error, sqlite3.Error) and getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY


def _transaction(connection: sqlite3.Connection, batches: Sequence[Sequence[Write]]) -> Outcomes:
    """All batches in one transaction. Where one is refused, which is rare, again with a savepoint for each."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        outcomes: Outcomes = []
        for batch in batches:
            outcomes.append(_apply(connection, batch))
            if isinstance(outcomes[-1], Exception):
                connection.execute("ROLLBACK")
                return outcomes if len(batches) == 1 else _apart(connection, batches)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return outcomes


def _apart(connection: sqlite3.Connection, batches: Sequence[Sequence[Write]]) -> Outcomes:
    """A batch that is refused takes none of its neighbours along."""
    connection.execute("BEGIN IMMEDIATE")
    outcomes: Outcomes = []
    for batch in batches:
        connection.execute("SAVEPOINT batch")
        outcomes.append(_apply(connection, batch))
        if isinstance(outcomes[-1], Exception):
            connection.execute("ROLLBACK TO batch")
        connection.execute("RELEASE batch")
    connection.execute("COMMIT")
    return outcomes


def _apply(connection: sqlite3.Connection, batch: Sequence[Write]) -> list[list[Row]] | Exception:
    """Its results, or why it is refused."""
    sql = statements("queries.sql")
    results: list[list[Row]] = []
    for write in batch:
        try:
            cursor = connection.execute(sql[write.name], write.params)
            rows: list[Row] = cursor.fetchall()
        except sqlite3.IntegrityError as error:
            if (
                error.sqlite_errorcode == sqlite3.SQLITE_CONSTRAINT_TRIGGER
            ):  # the database itself refuses: see `leaving.py`
                return StorageError(f"nothing can be written here: {error}")
            return write.refuse or StorageError(f"{write.name}: {error}")
        except _UNBINDABLE as error:
            return StorageError(f"{write.name} has a value that cannot be stored: {error}")
        if write.refuse is not None and not rows and cursor.rowcount < 1:
            return write.refuse
        results.append(rows)
    return results


async def _connect(path: Path, opened: list[aiosqlite.Connection]) -> aiosqlite.Connection:
    """A connection that is also in `opened`, so that whoever fails half-way, or is cancelled, can close it."""
    connection = aiosqlite.connect(
        path, isolation_level=None, timeout=PATIENCE, check_same_thread=False, cached_statements=256
    )
    connection._thread.daemon = True  # whoever fails before it is closed must not keep the process from ending
    try:
        await connection
    except sqlite3.Error:
        connection._thread.join()  # it is ending, and still speaks to this event loop, which may be closed at once
        raise
    opened.append(connection)
    connection.row_factory = sqlite3.Row
    await connection.create_function("chained", 3, chained, deterministic=True)
    await _refuse_foreign(connection, path)
    await _switch_to_wal(connection)
    for pragma in (DURABLE, "PRAGMA foreign_keys = ON"):
        await connection.execute(pragma)
    return connection


def _check_place(path: Path) -> None:
    if path.is_dir() or not path.parent.is_dir():
        why = "it is a folder" if path.is_dir() else f"there is no folder {path.parent}"
        raise StorageError(f"{path} cannot be opened: {why}; {ANOTHER}")
    mount = mount_of(path)
    if mount is not None and mount.shared:
        raise StorageError(
            f"{path} is on {mount.point}, a network file system ({mount.kind}): a database's locks and shared memory"
            " work on one machine only; put it on a local disk, and name it with --db, or with db= in Python"
        )


async def _refuse_foreign(connection: aiosqlite.Connection, path: Path) -> None:
    """Write nothing, not even the journal's mode, into a database that another program made."""
    # In this order: where somebody makes ours meanwhile, tables and version come together.
    [[tables]] = await connection.execute_fetchall("SELECT COUNT(*) FROM sqlite_master")
    [[version]] = await connection.execute_fetchall("PRAGMA user_version")
    if version == 0 and tables > 0:
        raise StorageError(f"{path} cannot be opened: it is another program's database; {ANOTHER}")


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


async def opened(place: Path | str) -> Store:
    """The store of this file."""
    return await SqliteStore.opened(Path(place))
