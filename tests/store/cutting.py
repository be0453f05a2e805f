"""`python -m tests.store.cutting`: moves that are killed, each in a process of its own.

An order is a line of JSON on standard input: the file, the address, the class whose method is the last word, its name,
and how often it may be said before. The answer is a line with the signal that ended it, 0 where it came to its end.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agentflow.records import Principal
from agentflow.store import Write, arriving, leaving, moving
from agentflow.store.audit import entry
from agentflow.store.leaving import Mark
from agentflow.store.moving import Told

from ..fakes import untraced

NOW = 1_800_000_000.0
ROOT = Path(__file__).parents[2]
_ROOMS = {"Leaving": leaving.Leaving, "Arriving": arriving.Arriving}


def mark(place: str, id: str = "m") -> Mark:
    return Mark(id, place, NOW)


def told() -> Told:
    def noted(mark: Mark) -> Write:
        return entry(Principal(), "house.move", mark.place, mark.id, NOW)

    return Told(noted, noted, lambda: NOW)


class Cutter:
    """Has moves begun and killed."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def kill(self, path: Path, place: str, word: str, at: int = 0) -> None:
        """Move a file, and be killed in the place of a word, when it has been said so often."""
        assert self._process.stdin
        assert self._process.stdout
        print(json.dumps([str(path), place, *word.split("."), at]), file=self._process.stdin, flush=True)
        assert self._process.stdout.readline() == f"{signal.SIGKILL:d}\n"


@contextmanager
def cutter() -> Iterator[Cutter]:
    """For as long as it is used."""
    words = [sys.executable, "-m", "tests.store.cutting"]
    with subprocess.Popen(
        words, cwd=ROOT, env=untraced.environment(), text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        yield Cutter(process)
        assert process.stdin
        process.stdin.close()


def _cut(path: str, place: str, room: str, word: str, at: int) -> None:
    said, left = getattr(_ROOMS[room], word), iter(range(at))

    def dies(*args: object, **named: object) -> object:
        if next(left, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)
        return said(*args, **named)

    setattr(_ROOMS[room], word, dies)
    asyncio.run(moving.moved(Path(path), place, mark(place), list, told()))


if __name__ == "__main__":
    for order in sys.stdin:
        child = os.fork()
        if child == 0:
            _cut(*json.loads(order))
            os._exit(0)
        print(os.WTERMSIG(os.waitpid(child, 0)[1]), flush=True)
