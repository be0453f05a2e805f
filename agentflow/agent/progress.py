"""How far a model has come with its answer, for whoever watches, in this process or another."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

from ..engine.clock import Clock
from ..errors import StorageError
from ..store import Store, Write

EVERY = 0.25
"""Seconds between two notes."""


class Progress:
    """Hears the pieces of one answer and notes, now and then, how much there is."""

    def __init__(self, store: Store, clock: Clock, goal: str, attempt: int, redact: Callable[[str], str] = str) -> None:
        self._store = store
        self._clock = clock
        self._goal = goal
        self._attempt = attempt
        self._redact = redact
        self._text = ""
        self._noted_at = float("-inf")
        self._noting: asyncio.Task[None] | None = None

    def heard(self, piece: str) -> None:
        """Take a piece of text."""
        self._text += piece
        now = self._clock.now()
        if now >= self._noted_at + EVERY and (self._noting is None or self._noting.done()):
            self._noted_at = now
            self._noting = asyncio.ensure_future(self._note())

    async def _note(self) -> None:
        line = self._redact(self._text).rstrip("\n").rpartition("\n")[2]
        note = {"attempt": self._attempt, "characters": len(self._text), "line": line[-200:]}
        try:
            await self._store.write([Write("goal_progress", {"id": self._goal, "progress": json.dumps(note)})])
        except StorageError:
            self._noted_at = float("inf")  # a note is a courtesy: the answer itself is stored with care elsewhere
