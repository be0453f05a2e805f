"""Pages of a list: which part of it is asked for, and the cursor that leads on."""

from __future__ import annotations

import math
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from ..errors import UsageError
from ..records.shown import Listing
from ..store import Row, Store

T = TypeVar("T")

Moment = datetime | float
"""An aware datetime, or epoch seconds."""

MOST = 1_000_000
"""Entries that one page may have."""
_CURSOR = re.compile(r"(\d+\.\d+):([\w.-]+)", re.ASCII)  # with a dot: `TENANT.RUN`


class Page(Listing[T]):
    """A part of a list. `next` is the cursor that gives the part after it, None where nothing follows."""

    def __init__(self, items: Iterable[T], next: str | None) -> None:
        super().__init__(items)
        self.next = next


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of a list that goes from the newest to the oldest: made `since` and before `until`, with this `text`
    in it, at most so many, after the `cursor`."""

    since: Moment | None = None
    until: Moment | None = None
    text: str | None = None
    most: int = 100
    cursor: str | None = None

    async def rows(self, store: Store, name: str, **params: object) -> Page[Row]:
        """The rows that a named query finds in this window. Raises `UsageError` where there is no such window."""
        check(self.most)
        before = min((math.inf, ""), self._until(), self._cursor())
        since = -math.inf if self.since is None else epoch(self.since, "since")
        bounds = {"before": before[0], "before_id": before[1], "since": since}
        return page(await store.rows(name, **params, **bounds, text=_like(self.text), most=self.most + 1), self.most)

    def _until(self) -> tuple[float, str]:
        return (math.inf if self.until is None else epoch(self.until, "until"), "")

    def _cursor(self) -> tuple[float, str]:
        return (math.inf, "") if self.cursor is None else position(self.cursor)


async def through(part: Callable[..., Awaitable[Page[T]]]) -> AsyncIterator[T]:
    """All entries of a list, page by page; `part` is asked with the `cursor` of each."""
    cursor: str | None = None
    while True:
        found = await part(cursor=cursor)
        for one in found:
            yield one
        if (cursor := found.next) is None:
            return


def check(most: int) -> None:
    """Raise `UsageError` where a page cannot have so many."""
    if not 1 <= most <= MOST:
        raise UsageError(f"a page of {most} cannot be: ask for 1 to {MOST:,}")


def page(found: Sequence[Row], most: int) -> Page[Row]:
    """The first so many of the rows, and the cursor that leads on where there is one more."""
    kept = found[:most]
    return Page(kept, f"{kept[-1]['created_at']!r}:{kept[-1]['id']}" if len(found) > most else None)


def position(cursor: str) -> tuple[float, str]:
    """After which moment and id a page begins."""
    if (read := _CURSOR.fullmatch(cursor)) is None:
        raise UsageError(f"{cursor!r} is no cursor: give the `next` of the page before")
    return (float(read[1]), read[2])


def epoch(at: Moment, what: str) -> float:
    """A moment in seconds since 1970; `what` names it where it is none."""
    if isinstance(at, datetime):
        if at.utcoffset() is None:
            raise UsageError(f"`{what}` is a datetime without a time zone: write datetime(..., tzinfo=timezone.utc)")
        return at.timestamp()
    return float(at)


def _like(text: str | None) -> str | None:
    """The pattern that finds a text anywhere. Case counts for letters outside of ASCII only, as SQLite has it."""
    if text is None:
        return None
    for sign in ("\\", "%", "_"):
        text = text.replace(sign, f"\\{sign}")
    return f"%{text}%"
