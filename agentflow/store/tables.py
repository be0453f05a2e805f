"""Which tables there are, and what may stand in their columns: read off the schema itself."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any

from . import VERSION
from .statements import statements

Values = tuple[Any, ...]
_FITS: dict[str, tuple[type, ...]] = {"TEXT": (str,), "INTEGER": (int,), "REAL": (float,), "BLOB": (bytes,)}


@dataclass(frozen=True, slots=True)
class Column:
    """A column, and the one type that its values have: SQLite would take others, too."""

    name: str
    kind: str
    keyed: bool
    """Whether it is part of what names a row."""
    counted: bool
    """Whether the database gives its numbers."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table and its columns, in their order."""

    name: str
    columns: tuple[Column, ...]

    @property
    def listed(self) -> str:
        """The names of its columns, as a statement has them."""
        return ", ".join(f'"{column.name}"' for column in self.columns)

    @property
    def counted(self) -> str | None:
        """The column whose numbers the database gives."""
        return next((column.name for column in self.columns if column.counted), None)

    def unfit(self, row: Values) -> Iterator[tuple[str, str]]:
        """Columns of a row with a value that not every database stores, and why."""
        for column, value in zip(self.columns, row, strict=True):
            if value is not None and (why := _unfit(value, column.kind)):
                yield column.name, why

    def id(self, row: Values) -> str:
        """What names a row, as people may read it."""
        named = (str(value) for column, value in zip(self.columns, row, strict=True) if column.keyed)
        return ascii(" ".join(named))[1:-1]


class Sum:
    """How many rows there were, and what stood in them, in whichever order they came."""

    def __init__(self) -> None:
        self.rows = 0
        self._total = 0

    def add(self, rows: Sequence[Values]) -> None:
        """Some more of them."""
        self.rows += len(rows)
        self._total += sum(int.from_bytes(sha256(repr(row).encode()).digest()) for row in rows)

    @property
    def digest(self) -> str:
        """The same for the same rows."""
        return f"{self._total % 2**256:064x}"


@cache
def tables() -> tuple[Table, ...]:
    """All tables of this version's schema, by name."""
    with closing(sqlite3.connect(":memory:")) as made:
        for number in range(1, VERSION + 1):
            made.executescript(statements("schema.sql")[str(number)])
        found = made.execute(_TABLES).fetchall()
        return tuple(Table(name, tuple(_columns(made, name, sql))) for name, sql in found)


_TABLES = "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name <> 'sqlite_sequence' ORDER BY name"


def _columns(made: sqlite3.Connection, table: str, sql: str) -> Iterator[Column]:
    for _, name, kind, _, _, key in made.execute(f"PRAGMA table_info({table})"):
        yield Column(name, kind, bool(key), bool(key) and "AUTOINCREMENT" in sql)


def _unfit(value: Any, kind: str) -> str | None:
    if not isinstance(value, _FITS[kind]):
        return f"no {kind}, but {type(value).__name__}"
    return "what is no UTF-8" if isinstance(value, str) and not _is_unicode(value) else None


def _is_unicode(text: str) -> bool:
    """SQLite keeps whatever bytes it was given; what is none of a letter stands for itself here."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
