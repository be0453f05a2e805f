"""A SQLite file that everything is carried away from, and the mark by which it refuses every write from then on.

Two databases have no common transaction. So the mark is written before anything is carried, and says where to: at every
moment at most one of the two databases can be worked on, and whoever finds them after a crash knows how to go on.

    the file's mark   at the other place   can be worked on   `move` again              `move --undo`
    none              nothing              the file           begins                    there is nothing to undo
    begun             nothing              neither            carries everything        takes the mark away
    begun             everything           the other place    ends the mark             refuses
    ended             everything           the other place    says that it is done      refuses

Everything arrives in one transaction, and with it a row that has the id of the mark. Who looks whether it has arrived
holds the other place's turn to write, so that no transaction of a process that has died is on its way meanwhile; who
carries holds this file's.

The mark is a row, and triggers on all tables: so it binds processes that have the file open as well as those that open
it tomorrow, and costs nothing where there is none.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ..errors import Conflict, StorageError
from . import Write
from .chain import chained
from .sqlite import DURABLE, PATIENCE
from .statements import statements
from .tables import Table, Values, tables

PORTION = 50
"""Rows that are in memory at a time: each may have some megabytes."""


@dataclass(frozen=True, slots=True)
class Mark:
    """That everything is carried away: where to, since when, and when it was all there."""

    id: str
    place: str
    began_at: float
    done_at: float | None = None


class Leaving:
    """A file that is open for that, by one process at a time."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path, self._connection = path, connection
        self._settled = False
        """Whether what is to become of the mark has been written, and all of it."""

    def mark(self) -> Mark | None:
        """The mark that it has."""
        row = self._run("departure").fetchone()
        return None if row is None else Mark(*row)

    def begin(self, mark: Mark, living: Callable[[], Sequence[str]], told: Write) -> None:
        """Write the mark, once nobody works here: durable when this returns. What the dead held is free then.

        Raises `Conflict` where somebody does. Whoever begins to work takes its lock before its first write, so that it
        is found here, or finds the mark.
        """
        with self._held():
            if self.mark() is not None:
                raise Conflict(f"{self.path} is being moved by another process: wait for its end, and look again")
            if workers := living():
                raise Conflict(at_work(str(self.path), workers))
            self._run("free_all", now=mark.began_at)
            self._run("delete_workers")
            self._run(told.name, **told.params)
            self._run("insert_departure", id=mark.id, place=mark.place, now=mark.began_at)
            self._refuse(f"it is being moved to {mark.place}: `agentflow move` goes on with that, or --undo ends it")
            self._settled = True

    @contextmanager
    def held(self, mark: Mark) -> Iterator[None]:
        """Inside, nobody else carries it away, or takes the mark back.

        What has become of the mark is stored at the end, also where that is an error.
        """
        with self._held():
            if self.mark() != mark:
                raise Conflict(f"{self.path} is in other hands now: look again with `agentflow move --dry-run`")
            yield

    def end(self, mark: Mark, now: float) -> None:
        """Everything is there: the mark stays for good."""
        self._run("end_departure", id=mark.id, now=now)
        self._refuse(f"it was moved to {mark.place}: name that with --db, or as `db` in agentflow.toml")
        self._settled = True

    def undo(self, mark: Mark, told: Write) -> None:
        """Nothing is there: this is a database like any other again."""
        self._admit()
        self._run("delete_departure", id=mark.id)
        self._run(told.name, **told.params)
        self._settled = True

    def rows(self, table: Table) -> Iterator[Sequence[Values]]:
        """All rows of a table, some at a time."""
        cursor = self._connection.execute(f"SELECT {table.listed} FROM {table.name}")  # noqa: S608  # of the schema
        while portion := cursor.fetchmany(PORTION):
            yield portion

    def counted(self, table: Table) -> int:
        """The highest number that was ever given in a table."""
        row = self._run("given", name=table.name).fetchone()
        return int(row[0]) if row else 0

    def _refuse(self, why: str) -> None:
        """Have SQLite refuse whatever writes."""
        self._admit()
        said = why.replace("'", "''")
        for name, act, table in _triggers():
            refused = f"BEGIN SELECT RAISE(ABORT, '{said}'); END"
            self._connection.execute(f"CREATE TRIGGER {name} BEFORE {act} ON {table} {refused}")

    def _admit(self) -> None:
        for name, _, _ in _triggers():
            self._connection.execute(f"DROP TRIGGER IF EXISTS {name}")

    def _run(self, name: str, /, **params: Any) -> sqlite3.Cursor:
        return self._connection.execute(statements("queries.sql")[name], params)

    @contextmanager
    def _held(self) -> Iterator[None]:
        """Inside, nobody else writes. What has become of the mark is stored at the end, whichever end that is."""
        self._settled = False
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            self._connection.execute("COMMIT" if self._settled else "ROLLBACK")


def at_work(place: str, workers: Sequence[str]) -> str:
    """That somebody works on a file, in a line."""
    named = f"{len(workers)} workers work" if len(workers) > 1 else f"{workers[0]} works"
    return f"{named} on {place}: end all workers and services there first, and move it then"


def _triggers() -> Iterator[tuple[str, str, str]]:
    """The name of each, what it refuses and where."""
    for table in tables():
        for act in ("INSERT", "UPDATE", "DELETE"):
            if table.name != "moved":
                yield f"moved_{table.name}_{act.lower()}", act, table.name


@contextmanager
def leaving(path: Path) -> Iterator[Leaving]:
    """A file that is there, of this version. Raises `StorageError` for what SQLite cannot do."""
    address = f"file:{quote(str(path))}?mode=rw"
    try:
        with closing(sqlite3.connect(address, uri=True, isolation_level=None, timeout=PATIENCE)) as connection:
            connection.text_factory = lambda raw: raw.decode(errors="surrogateescape")  # told as unfit, with its row
            connection.create_function("chained", 3, chained, deterministic=True)
            connection.execute(DURABLE)
            yield Leaving(path, connection)
    except sqlite3.Error as error:
        raise StorageError(f"{path} cannot be moved: {error}") from None
