"""Commands of agentflow, each a process of its own that is forked from one which has read all of them.

What they do is the same. How an interpreter starts and ends is not tested with them: `tests/cli/test_shell.py` and
`tests/cli/test_failures.py` start some in earnest.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from . import untraced
from .nursery import Child, Nursery
from .typed import Line

_open: list[Nursery] = []


class Command(Child):
    """A command that runs. Where nothing else is said its input is empty, and what it prints can be read here."""

    def __init__(
        self,
        *words: str,
        stdin: int | None = None,
        stdout: int | None = None,
        stderr: int | None = None,
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
        instead: Mapping[str, float] | None = None,
    ) -> None:
        env = untraced.environment() if environment is None else dict(environment)
        line = Line(words, str(folder or Path.cwd()), env, dict(instead or {}))
        with ExitStack() as theirs:
            given = theirs.enter_context(open(os.devnull, "rb")).fileno() if stdin is None else stdin
            self.stdout, out = _reader(stdout, theirs)
            self.stderr, err = _reader(stderr, theirs)
            super().__init__(_nursery().order(json.dumps(asdict(line)).encode(), [given, out, err]))

    def communicate(self) -> tuple[str, str]:
        """What it has still to print, and what to complain of, once it has ended."""
        with self.stdout, self.stderr:
            err = self.stderr.read()
            out = self.stdout.read()
        self.wait()
        return out, err

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        self.wait()
        self.stdout.close()
        self.stderr.close()


def _reader(given: int | None, theirs: ExitStack) -> tuple[TextIO, int]:
    """What can be read here of a stream, and its other end."""
    if given is not None:
        return io.StringIO(), given
    ours, end = os.pipe()
    theirs.callback(os.close, end)
    return open(ours, encoding="utf-8", errors="replace"), end


def _nursery() -> Nursery:
    """Where they come from, from when one is first asked for."""
    if not _open:
        _open.append(Nursery("tests.fakes.prompt"))
    return _open[0]


@contextmanager
def warm() -> Iterator[None]:
    """At the end, what they came from ends."""
    yield
    while _open:
        _open.pop().close()
