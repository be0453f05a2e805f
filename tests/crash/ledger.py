"""The judge's witness: a file outside the database, in which every effect is written down when it happens."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from agentflow import ToolContext


@dataclass(frozen=True, slots=True)
class Line:
    """One effect: who did what, under which key, with what result (None: it failed)."""

    tool: str
    step: str
    attempt: int
    generation: int
    key: str
    result: Any
    pid: int


class Ledger:
    """Appends lines, each on the disk before anybody hears of it. With `die_at`, kills this process after its n-th."""

    def __init__(self, path: Path, die_at: int | None = None) -> None:
        self._path = path
        self._die_at = die_at
        self._written = 0

    def note(self, tool: str, context: ToolContext, result: Any) -> None:
        """Write what a tool has just done."""
        step, attempt, key = context.step, context.attempt, context.idempotency_key
        self.write(Line(tool, step, attempt, context.generation, key, result, os.getpid()))

    def write(self, line: Line) -> None:
        """Append a line."""
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(line)) + "\n")
            file.flush()
            os.fsync(file.fileno())
        self._written += 1
        if self._written == self._die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def lines(self) -> list[Line]:
        """Everything that was done, in order."""
        if not self._path.exists():
            return []
        return [Line(**json.loads(line)) for line in self._path.read_text(encoding="utf-8").splitlines()]
