"""Who watches hears when something has changed: at once of what is stored here, soon of what is stored elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Container, Sequence

from ..store import Store, Write

POLL = 0.05
"""Seconds between two looks at whether another process has changed the database, while anybody watches."""

Watcher = tuple[asyncio.Event, Container[str] | None]


class News:
    """Every watcher has an event; a commit of this process sets those of the ids it is about."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._watchers: dict[str, list[Watcher]] = {}
        self._poll: asyncio.Task[None] | None = None
        store.heard = self._heard

    async def about(self, id: str, statements: Container[str] | None = None) -> AsyncGenerator[None, None]:
        """Once now, and then whenever something was stored about this id (by these statements only), or elsewhere."""
        watcher = (asyncio.Event(), statements)
        self._watchers.setdefault(id, []).append(watcher)
        if self._poll is None:
            self._poll = asyncio.create_task(self._look())
        try:
            while True:
                watcher[0].clear()  # before the look, so that what comes during it is looked at too
                yield
                await watcher[0].wait()
        finally:
            self._forget(id, watcher)

    def close(self) -> None:
        """Nobody hears anything any more."""
        self._watchers.clear()
        if self._poll:
            self._poll.cancel()
            self._poll = None

    def _forget(self, id: str, watcher: Watcher) -> None:
        others = [one for one in self._watchers.pop(id, ()) if one is not watcher]
        if others:
            self._watchers[id] = others
        if not self._watchers:
            self.close()

    def _heard(self, writes: Sequence[Write]) -> None:
        if not self._watchers:
            return
        for write in writes:
            for key in ("id", "run"):
                for event, statements in self._watchers.get(write.params.get(key, ""), ()):
                    if statements is None or write.name in statements:
                        event.set()

    async def _look(self) -> None:
        seen = self._store.elsewhere()
        while True:
            await asyncio.sleep(POLL)
            if (now := self._store.elsewhere()) != seen:
                seen = now
                for watchers in self._watchers.values():
                    for event, _ in watchers:
                        event.set()
