"""How the rows of the audit log hang together: each holds the digest of the one before.

A digest is worked out inside the transaction that writes its row: SQLite has one writer, so two processes cannot
continue the same row. What a chain cannot tell is that its last rows are missing; for that the database remembers the
highest number that it gave.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from ..guest.values import canonical

_TOLD = ("at", "tenant", "who", "key", "channel", "verb", "thing", "details")


def told(row: Mapping[str, Any]) -> str:
    """What a row tells, as the one text that its digest is over."""
    return canonical({name: row[name] for name in _TOLD})


def chained(previous: str, n: int, told: str) -> str:
    """The digest of a row: over that of the row before, its number, and what it tells."""
    return sha256(f"{previous}\n{n}\n{told}".encode()).hexdigest()


@dataclass(slots=True)
class Chain:
    """The rows that were followed so far, as long as each continues the one before."""

    last: int
    """The highest number that was ever given when this began."""
    held: int = 0
    digest: str = ""

    def follow(self, rows: Iterable[Mapping[str, Any]]) -> str | None:
        """What is wrong with the first of these rows, in order, that does not fit; None where all do."""
        for row in rows:
            if wrong := self._wrong(row):
                return wrong
            self.held, self.digest = self.held + 1, row["digest"]
        return None

    def end(self) -> str | None:
        """What is wrong where no rows are left."""
        return "is missing, with all after it" if self.held < self.last else None

    def _wrong(self, row: Mapping[str, Any]) -> str | None:
        if row["n"] != self.held + 1:
            return "is missing"
        if row["previous"] != self.digest:
            return "does not continue the row before it"
        return None if _fits(row, self.digest, self.held + 1) else "was changed"


def broken(rows: Iterable[Mapping[str, Any]], last: int) -> tuple[int, str] | None:
    """The first number at which the chain does not hold, and why; `last` is the highest number that was ever given."""
    chain = Chain(last)
    wrong = chain.follow(rows) or chain.end()
    return (chain.held + 1, wrong) if wrong else None


def _fits(row: Mapping[str, Any], previous: str, n: int) -> bool:
    try:
        return bool(row["digest"] == chained(previous, n, told(row)))
    except (TypeError, ValueError):  # bytes, infinity, no UTF-8: nothing that was ever told
        return False
