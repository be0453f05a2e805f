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
    """Somebody who wants to hear of one id: of these statements only, and of every other id while `wide` says so."""

    statements: Container[str] | None
    wide: Callable[[], bool]
    event: asyncio.Event = field(default_factory=asyncio.Event)


class News:
    """Every watcher has an event; a commit of this process sets those of the ids it is about."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._watchers: dict[str, list[Watcher]] = {}
        self._poll: asyncio.Task[None] | None = None
        self._told = Chronicle(store).heard
        store.heard = self._heard

    async def about(
        self, id: str, statements: Container[str] | None = None, wide: Callable[[], bool] = _never
    ) -> AsyncGenerator[None, None]:
        """Once now, and then whenever something was stored about this id (by these statements only), or elsewhere.

        While `wide` says so, also whenever something was stored here about any other.
        """
        watcher = Watcher(statements, wide)
        self._watchers.setdefault(id, []).append(watcher)
        if self._poll is None:
            self._poll = asyncio.create_task(self._look())
        try:
            while True:
                watcher.event.clear()  # before the look, so that what comes during it is looked at too
                yield
                await watcher.event.wait()
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
        self._told(writes)
        for watchers in self._watchers.values():
            for watcher in watchers:
                if watcher.wide():
                    watcher.event.set()
        for write in writes if self._watchers else ():
            for key in ("id", "run"):
                for watcher in self._watchers.get(write.params.get(key, ""), ()):
                    if watcher.statements is None or write.name in watcher.statements:
                        watcher.event.set()

    async def _look(self) -> None:
        seen = self._store.elsewhere()
        while True:
            await asyncio.sleep(POLL)
            if (now := self._store.elsewhere()) != seen:
                seen = now
                for watchers in self._watchers.values():
                    for watcher in watchers:
                        watcher.event.set()
