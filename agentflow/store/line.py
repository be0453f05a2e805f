"""A line to a PostgreSQL server: a connection that is made anew where it was lost, and what all of them are told."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, LiteralString, cast

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import DictRow, dict_row

from ..errors import StorageError
from ..records.places import shown
from . import Row
from .dialect import bound, query, unbound
from .statements import statements

PATIENCE = 30.0
"""Seconds to wait for another process's turn, and after which one that has stopped in its turn has lost it."""
Connection = psycopg.AsyncConnection[DictRow]
Cursor = psycopg.AsyncCursor[DictRow]
Asked = tuple[LiteralString, Mapping[str, Any]]
"""A statement in PostgreSQL's words, and its parameters."""
UNBINDABLE = (ValueError, psycopg.DataError, psycopg.ProgrammingError)
"""What the driver says of a lone surrogate, of too large a number, of no value at all."""

ENDED = (psycopg.errors.AdminShutdown, psycopg.errors.CrashShutdown, psycopg.errors.IdleInTransactionSessionTimeout)
"""The last word of a server's process: nothing of an open transaction is stored. The driver may not have seen yet that
the connection is lost with it."""
_ALIVE = {"connect_timeout": 10, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
"""After how many seconds a machine is gone that says nothing; an address may say otherwise."""
_SESSION = {
    "lock_timeout": "{:.0f}",
    "idle_in_transaction_session_timeout": "{:.0f}",
    "tcp_keepalives_idle": "30",  # of a machine that is gone without a word, the server hears by asking
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
    "default_transaction_isolation": "read committed",  # a snapshot from before the turn would be of another's past
}

_DURABLE: LiteralString = """SELECT set_config('synchronous_commit', 'on', false)
    WHERE current_setting('synchronous_commit') = 'off'"""
"""A commit is on the disk when it returns, as in a file; a server that waits for more goes on doing so."""
_PORTS = re.compile(r"[0-9,]*")
"""Of one host, or of several."""
_SET: LiteralString = "SELECT set_config(%(name)s, %(value)s, false)"


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
        if self._now is not None and isinstance(error, ENDED):
            await self._now.close()
        return self._now is None or self._now.closed

    async def close(self) -> None:
        if self._now is not None:
            await self._now.close()

    @property
    def pid(self) -> int | None:
        """The number of the server's process at its other end."""
        return None if self._now is None or self._now.closed else self._now.info.backend_pid


async def connect(place: str) -> Connection:
    """Statements are bound here, not by the server: a parameter has the type of where it stands, as in SQLite. And as
    many as there are can be asked at once, so that the network is waited for once."""
    told: dict[str, Any] = {**_ALIVE, **_address(place), "client_encoding": "utf8"}
    connection = await psycopg.AsyncConnection.connect(
        autocommit=True, row_factory=dict_row, cursor_factory=psycopg.AsyncClientCursor, **told
    )
    settings = [(_SET, {"name": name, "value": value.format(PATIENCE * 1000)}) for name, value in _SESSION.items()]
    cursor = connection.cursor()
    await ask(cursor, written(cursor, [(_DURABLE, {}), *settings]))
    return connection


def _address(place: str) -> dict[str, Any]:
    """What an address says. Raises `StorageError` where a password has broken it: in words that do not quote it."""
    try:
        said = conninfo_to_dict(place)
    except psycopg.ProgrammingError:
        said = {"port": "none"}
    if "@" in str(said.get("host", "")) or not _PORTS.fullmatch(str(said.get("port", ""))):
        signs = "write @ : / % and a space in a password as %40 %3A %2F %25 and %20"
        raise StorageError(f"{shown(place)} is no address of a server that can be read: {signs}")
    return said


def written(cursor: Cursor, asked: Iterable[Asked]) -> list[str]:
    """Statements with their parameters in them. Raises one of `UNBINDABLE`."""
    binds = cast("psycopg.AsyncClientCursor[DictRow]", cursor).mogrify
    return [binds(sql, {name: bound(value) for name, value in params.items()}) for sql, params in asked]


async def ask(cursor: Cursor, written: Iterable[str]) -> None:
    """All of it at once. The cursor stands before what comes of the first, then."""
    await cursor.execute(trusted("\n;\n".join(written)))


async def answer(cursor: Cursor) -> list[Row]:
    """What comes of a statement; the cursor goes on to the next."""
    has_rows = cursor.pgresult is not None and cursor.pgresult.nfields > 0  # its `description` takes longer than all
    rows: list[Row] = list(map(unbound, await cursor.fetchall())) if has_rows else []
    cursor.nextset()
    return rows


@cache
def statement(name: str) -> LiteralString:
    """A statement of `queries.sql` in PostgreSQL's words."""
    return trusted(query(statements("queries.sql")[name]))


def trusted(sql: str) -> LiteralString:
    """It stands in a file of this folder."""
    return cast("LiteralString", sql)  # type: ignore[redundant-cast]


def said(error: Exception) -> str:
    """The first line: where in the statement it was is for whoever wrote that."""
    return str(error).strip().partition("\n")[0]
