"""What the demo's tools write down outside the database, so that it can be seen what was really done, and by whom."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from ...tools import ToolContext

VARIABLE = "AGENTFLOW_DEMO_LEDGER"
"""The environment variable by which a worker's tools find the file."""

What = Literal["begun", "failed", "done"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened to one attempt of a step, in the process `pid`."""

    what: What
    step: str
    attempt: int
    pid: int
    key: str
    at: float


class Ledger:
    """A file that only grows, one line for each entry."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def recording(self, context: ToolContext) -> Iterator[None]:
        """Writes down that an attempt has begun, and then how it ended, unless its process ends first."""
        self._write("begun", context)
        try:
            yield
        except Exception:
            self._write("failed", context)
            raise
        self._write("done", context)

    def entries(self) -> list[Entry]:
        """All that was written so far, in order."""
        text = self._path.read_text("utf-8") if self._path.exists() else ""
        return [Entry(**json.loads(line)) for line in text.splitlines()]

    def entries_of(self, step: str) -> list[Entry]:
        """What was written so far about one step."""
        return [entry for entry in self.entries() if entry.step == step]

    def _write(self, what: What, context: ToolContext) -> None:
        entry = Entry(what, context.step, context.attempt, os.getpid(), context.idempotency_key, time.time())
        line = json.dumps(asdict(entry)) + "\n"
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, line.encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
