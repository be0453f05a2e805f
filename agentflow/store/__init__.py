"""Where everything is kept, behind a seam: statements by name, and one writer with group commit.

Every batch of writes is all or nothing. Batches that are ready at the same moment, of whichever runs, go into one
transaction, so that they share one flush to the disk; a batch that is refused takes none of its neighbours along.
A SQLite file is the one implementation (`sqlite.py`), a PostgreSQL server the other (`postgres.py`): the statements are
the same, by the same names.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from ..errors import StorageError, UsageError
from ..records.places import is_server

VERSION = 8
ANOTHER = "name another database with --db, or with db= in Python"
"""What to do where a database cannot be had."""
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Write:
    """One named statement. With `refuse`, it must touch (or find) a row, else the whole batch is refused with it."""

    name: str
    params: Mapping[str, Any]
    refuse: Exception | None = None


_along: ContextVar[list[Write]] = ContextVar("along", default=[])  # noqa: B039  # one that stays empty
"""What the next batch of this task takes along."""


@dataclass(slots=True)
class Batch:
    """Writes that are stored together, and who waits for that."""

    writes: Sequence[Write]
    done: asyncio.Future[list[list[Row]]] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


Outcomes = list[list[list[Row]] | Exception]
"""Of each batch, what each of its statements returned, or why it was refused."""


class Store(ABC):
    """One database, opened with `await Store.open(place)`. Not shared between threads or event loops."""

    def __init__(self, place: str) -> None:
        self.place = place
        """Where it is, as people may read it."""
        self.heard: Callable[[Sequence[Write]], None] = _nobody
        """Called with each batch that this process has committed."""
        self.stirred: Callable[[], None] = lambda: None
        """Called when somebody else has said something to an id, where the database tells of that."""
        self._waiting: list[Batch] = []
        self._flushing: asyncio.Future[None] | None = None

    @staticmethod
    async def open(place: Path | str) -> Store:
        """Open or create. Raises `StorageError` for what is no database of this house, or one of a newer version.

        Each implementation is found by its name: the driver of a server is an extra. Raises `UsageError` without it.
        """
        store: Store = await room(".postgres" if is_server(place) else ".sqlite").opened(place)
        return store

    @abstractmethod
    async def close(self) -> None:
        """Let what is waiting be committed, then close."""

    @abstractmethod
    async def rows(self, name: str, /, **params: Any) -> list[Row]:
        """The rows that a named query finds."""

    @abstractmethod
    def glance(self, name: str, /, **params: Any) -> list[Row] | None:
        """The rows of a query that finds them by an index, if they can be had here and now without waiting."""

    @abstractmethod
    async def changes(self) -> int:
        """A number that changes when another connection, of this process or any other, has committed."""

    @abstractmethod
    def elsewhere(self) -> int:
        """A number that changes when somebody else than this store has committed, of this process or any other."""

    async def facts(self) -> Mapping[str, Any]:
        """What the database says of itself."""
        return {"schema": VERSION}

    async def faults(self) -> Sequence[str]:
        """What keeps it from being what a database must be here, a sentence each."""
        return []

    @abstractmethod
    async def _transact(self, batches: Sequence[Sequence[Write]]) -> Outcomes:
        """All batches in one transaction. Raises what keeps it from being stored."""

    async def row(self, name: str, /, **params: Any) -> Row | None:
        """The first row that a named query finds, or None."""
        found = await self.rows(name, **params)
        return found[0] if found else None

    async def write(self, writes: Sequence[Write]) -> list[list[Row]]:
        """Commit a batch, durable when this returns; what each statement returned. Raises the `refuse` that held."""
        along = _along.get()
        batch = Batch([*writes, *along] if along else writes)
        self._waiting.append(batch)
        if self._flushing is None:
            self._flushing = asyncio.get_running_loop().create_future()
            self._flushing.get_loop().call_soon(self._flush)
        stored = await batch.done
        along.clear()
        return stored[: len(writes)]  # what each of its own gave

    @contextmanager
    def along(self, write: Write) -> Iterator[None]:
        """Inside, what is written first takes this along: that something was done is stored with it, or not at all."""
        waiting = [write]
        before = _along.set(waiting)
        try:
            yield
        finally:
            _along.reset(before)
            waiting.clear()  # tasks that were begun inside keep the context

    # group commit: what came while a transaction was on its way is the next one

    def _flush(self) -> None:
        """Everything that waits, in one transaction."""
        batches, self._waiting = self._waiting, []
        if (outcomes := self._at_once(batches)) is not None:
            self._settle(batches, outcomes)
        else:
            task = asyncio.ensure_future(self._in_turn(batches))
            task.add_done_callback(lambda task: self._settle(batches, task.result()))

    def _at_once(self, batches: Sequence[Batch]) -> Outcomes | None:
        """The same without waiting, where that is possible."""
        return None

    async def _in_turn(self, batches: Sequence[Batch]) -> Outcomes:
        try:
            return await self._transact([batch.writes for batch in batches])
        except Exception as error:  # noqa: BLE001  # whatever it was, those who wait must hear of it
            return self._failed(batches, error)

    def _failed(self, batches: Sequence[Batch], error: Exception) -> Outcomes:
        why = f"{self.place} cannot be written: {error}; nothing of this was stored"
        return [StorageError(why) for _ in batches]

    def _settle(self, batches: Sequence[Batch], outcomes: Outcomes) -> None:
        for batch, outcome in zip(batches, outcomes, strict=True):
            if not isinstance(outcome, Exception):
                self.heard(batch.writes)
            if batch.done.done():  # whoever asked for it is gone
                continue
            if isinstance(outcome, Exception):
                batch.done.set_exception(outcome)
            else:
                batch.done.set_result(outcome)
        assert self._flushing is not None
        if self._waiting:
            self._flushing.get_loop().call_soon(self._flush)
        else:
            flushing, self._flushing = self._flushing, None
            flushing.set_result(None)

    async def _settled(self) -> None:
        """Nothing is on its way any more."""
        while self._flushing:
            await asyncio.wait([self._flushing])


def room(name: str) -> Any:
    """A file of this folder. Raises `UsageError` where the driver that it needs is not there."""
    try:
        return import_module(name, __package__)
    except ImportError as error:
        lacks = 'a database on a server needs a driver: pip install "agentflow[postgres]"'
        raise UsageError(f"{lacks} ({error.name or error})") from None


def columns(row: Row) -> dict[str, Any]:
    """What stands in a row, by name: SQLite's own looks through all its names for each, and lists have many rows."""
    if isinstance(row, dict):
        return dict(row)
    return dict(zip(row.keys(), cast("Iterable[Any]", row), strict=True))


def newer(place: str, version: int, remedy: str) -> StorageError:
    """That a database is of a later agentflow than this one."""
    known = f"(schema {version}, this one knows {VERSION})"
    return StorageError(f"{place} was written by a newer agentflow {known}: upgrade agentflow, or {remedy}")


def _nobody(writes: Sequence[Write]) -> None:
    """Stands where nobody listens."""
