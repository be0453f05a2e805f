"""How the rows of the audit log hang together: each holds the digest of the one before.

A digest is worked out inside the transaction that writes its row: SQLite has one writer, so two processes cannot
continue the same row. What a chain cannot tell is that its last rows are missing; for that the database remembers the
highest number that it gave.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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


def broken(rows: Iterable[Mapping[str, Any]], last: int) -> tuple[int, str] | None:
    """The first number at which the chain does not hold, and why; `last` is the highest number that was ever given."""
    n, digest = 0, ""
    for row in rows:
        n += 1
        if row["n"] != n:
            return n, "is missing"
        if row["previous"] != digest:
            return n, "does not continue the row before it"
        if not _fits(row, digest, n):
            return n, "was changed"
        digest = row["digest"]
    return (n + 1, "is missing, with all after it") if n < last else None


def _fits(row: Mapping[str, Any], previous: str, n: int) -> bool:
    try:
        return bool(row["digest"] == chained(previous, n, told(row)))
    except (TypeError, ValueError):  # bytes, infinity, no UTF-8: nothing that was ever told
        return False
