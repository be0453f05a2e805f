"""Tests that measure, and tests that play whole houses: the tracer of coverage would double what they take."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PLAYS = {
    "benign",
    "browser",
    "cli/test_demo.py",
    "cli/test_elsewhere.py",
    "cli/test_failures.py",
    "cli/test_serve.py",
    "cli/test_shell.py",
    "cli/test_terminal.py",
    "conformance",
    "crash",
    "docs",
    "evals/test_page.py",
    "evals/test_solvable.py",
    "hostile",
    "model",
    "mutations",
    "notebooks",
    "path",
    "restate",
    "validator/test_bombs.py",
}
"""Tests that are not traced, nor the processes that they start: what runs in them is covered by the tests of its own
room."""


@contextmanager
def untraced() -> Iterator[None]:
    """Nothing traces this thread, those that it starts, and their processes."""
    tracer, of_threads = sys.gettrace(), threading.gettrace()
    coverage = {name: os.environ.pop(name) for name in _coverage()}
    sys.settrace(None)
    threading.settrace(None)
    try:
        yield
    finally:
        threading.settrace(of_threads)
        sys.settrace(tracer)
        os.environ.update(coverage)


def environment() -> dict[str, str]:
    """For processes that nothing traces either: to be traced takes longer than most of them live."""
    return {name: value for name, value in os.environ.items() if name not in _coverage()}


def _coverage() -> list[str]:
    """By which variables a process is told to measure itself."""
    return [name for name in os.environ if name.startswith("COV")]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """A play is not traced."""
    place = item.path.relative_to(ROOT)
    with untraced() if PLAYS & {str(part) for part in (place, *place.parents)} else nullcontext():
        return (yield)
