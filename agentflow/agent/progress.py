"""How far a model has come with its answer, for whoever watches: a line of it in any process, in this one all of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ..engine.clock import Clock
from ..errors import StorageError
from ..redaction import Redactor
from ..store import Store, Write

EVERY = 0.25
"""Seconds between two notes."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer that is being written, as far as it came."""

    attempt: int
    text: str


class Drafts:
    """The answers that models are writing for this process. They are kept while they are written, and nowhere else."""

    def __init__(self) -> None:
        self._written: dict[str, Progress] = {}

    def of(self, goal: str) -> Draft | None:
        """What is being written for a goal; it is put together only for who asks."""
        found = self._written.get(goal)
        return found.draft() if found else None

    @contextmanager
    def written(self, goal: str, progress: Progress) -> Iterator[None]:
        """While this is open, an answer to the goal is being written."""
        self._written[goal] = progress
        try:
            yield
        finally:
            self._written.pop(goal)


class Progress:
    """Hears the pieces of one answer and notes, now and then, how much there is."""

    def __init__(self, store: Store, clock: Clock, goal: str, attempt: int, redact: Redactor) -> None:
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

    def draft(self) -> Draft:
        """What there is of it, without secrets, be they cut by its end."""
        return Draft(self._attempt, self._redact.so_far(self._text))

    async def _note(self) -> None:
        line = self.draft().text.rstrip("\n").rpartition("\n")[2]
        note = {"attempt": self._attempt, "characters": len(self._text), "line": line[-200:]}
        try:
            await self._store.write([Write("goal_progress", {"id": self._goal, "progress": json.dumps(note)})])
        except StorageError:
            self._noted_at = float("inf")  # a note is a courtesy: the answer itself is stored with care elsewhere
