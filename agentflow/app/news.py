"""Who watches hears when something has changed: at once of what is stored here, soon of what is stored elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Container, Sequence
from dataclasses import dataclass, field

from ..store import Store, Write
from .chronicle import Chronicle

POLL = 0.05
"""Seconds between two looks at whether another process has changed the database, while anybody watches."""


def _never() -> bool:
    return False


@dataclass(slots=True, eq=False)
class Watcher:
    """Somebody who wants to hear of one id: of these statements only."""

    statements: Container[str] | None
    event: asyncio.Event = field(default_factory=asyncio.Event)


class News:
    """Every watcher has an event; a commit of this process sets those of the ids it is about."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._watchers: dict[str, list[Watcher]] = {}
        self._wide: set[Watcher] = set()
        """Those who wait now and want to hear of everything that is stored here."""
        self._batches = 0
        self._poll: asyncio.Task[None] | None = None
        self._chronicle = Chronicle(store)
        store.heard = self._heard

    async def about(
        self, id: str, statements: Container[str] | None = None, wide: Callable[[], bool] = _never
    ) -> AsyncGenerator[None, None]:
        """Once now, and then whenever something was stored about this id (by these statements only), or elsewhere.

        While `wide` says so, also whenever something was stored here about any other.
        """
        watcher = Watcher(statements)
        self._watchers.setdefault(id, []).append(watcher)
        if self._poll is None:
            look = self._look(self._store.elsewhere())  # from before the first look, not from the task's first moment
            self._poll = asyncio.create_task(look)
        try:
            while True:
                watcher.event.clear()  # before the look, so that what comes during it is looked at too
                batches = self._batches
                yield
                if wide():  # asked once for each look: there are many who watch, and many batches
                    self._wide.add(watcher)
                    if self._batches != batches:
                        watcher.event.set()
                await watcher.event.wait()
                self._wide.discard(watcher)
        finally:
            self._wide.discard(watcher)
            self._forget(id, watcher)

    def close(self) -> None:
        """Nobody hears anything any more."""
        self._watchers.clear()
        self._wide.clear()
        if self._poll:
            self._poll.cancel()
            self._poll = None

    async def told(self) -> None:
        """Return when the log has all that was stored."""
        await self._chronicle.close()

    def _forget(self, id: str, watcher: Watcher) -> None:
        others = [one for one in self._watchers.pop(id, ()) if one is not watcher]
        if others:
            self._watchers[id] = others
        if not self._watchers:
            self.close()

    def _heard(self, writes: Sequence[Write]) -> None:
        self._chronicle.heard(writes)
        self._batches += 1
        for watcher in self._wide:
            watcher.event.set()
        for write in writes if self._watchers else ():
            for key in ("id", "run"):
                for watcher in self._watchers.get(write.params.get(key, ""), ()):
                    if watcher.statements is None or write.name in watcher.statements:
                        watcher.event.set()

    async def _look(self, seen: int) -> None:
        while True:
            await asyncio.sleep(POLL)
            if (now := self._store.elsewhere()) != seen:
                seen = now
                for watchers in self._watchers.values():
                    for watcher in watchers:
                        watcher.event.set()
