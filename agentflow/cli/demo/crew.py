"""The demo's workers: processes of their own, started, killed, and never left behind."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from ...errors import AgentFlowError
from .ledger import VARIABLE

DATABASE, LEDGER = "demo.db", "ledger.jsonl"

GRACE = 10.0
"""Seconds in which a worker may end by itself."""

_SETTINGS = f"""
db = "{DATABASE}"
tools = ["{__package__}.shop"]

[limits]
linger_seconds = 0.5
"""


class Worker:
    """One `agentflow worker` on the database of a folder."""

    def __init__(self, folder: Path, number: int) -> None:
        self.number = number
        self._log = folder / f"worker-{number}.log"
        places = {
            "AGENTFLOW_CONFIG": str(folder / "agentflow.toml"),
            "AGENTFLOW_DB": str(folder / DATABASE),
            "AGENTFLOW_ENGINE": "embedded",
            VARIABLE: str(folder / LEDGER),
        }
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "agentflow", "worker"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=os.environ | places,
                start_new_session=True,  # Ctrl-C is for the demo, which then ends its workers itself
            )

    def __str__(self) -> str:
        return f"worker {self.number} (process {self.pid})"

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        """What the power cut does: no handler runs, nothing is tidied up."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    async def dismiss(self) -> None:
        """Let it end by itself."""
        self._process.terminate()
        for _ in range(round(GRACE / 0.05)):
            if not self.alive:
                return
            await asyncio.sleep(0.05)

    def last_words(self) -> str:
        """The end of what it has printed."""
        last = self._log.read_text("utf-8", errors="replace").strip().rpartition("\n")[2]
        return f"said last: {last}" if last else "said nothing"


class Crew:
    """All workers of a demo. After the `with` block none of them runs, whatever happened in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.workers: list[Worker] = []
        self.killed: Worker | None = None

    def __enter__(self) -> Self:
        (self.folder / "agentflow.toml").write_text(_SETTINGS, "utf-8")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self.workers:
            worker.kill()

    def hire(self) -> Worker:
        """Start one more worker."""
        self.workers.append(Worker(self.folder, len(self.workers) + 1))
        return self.workers[-1]

    def kill(self) -> Worker:
        """Kill the newest worker."""
        self.killed = self.workers[-1]
        self.killed.kill()
        return self.killed

    async def dismiss(self) -> None:
        """Let all workers end by themselves."""
        for worker in self.workers:
            if worker.alive:
                await worker.dismiss()

    def check(self) -> None:
        """Raise an error where a worker has ended that nobody has killed."""
        for worker in self.workers:
            if worker is not self.killed and not worker.alive:
                raise AgentFlowError(f"{worker} has ended by itself and {worker.last_words()}")

    def last_words(self) -> str:
        """What the newest worker has printed last."""
        return f"{self.workers[-1]} {self.workers[-1].last_words()}"
