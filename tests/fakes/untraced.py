"""Tests that measure, and tests of many plans in real guests: the tracer of coverage would double what they take."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def untraced() -> Iterator[None]:
    """Nothing traces this thread. What runs here is covered by the tests of its own room."""
    tracer = sys.gettrace()
    sys.settrace(None)
    try:
        yield
    finally:
        sys.settrace(tracer)


def environment() -> dict[str, str]:
    """For processes that nothing traces either: to be traced takes longer than most of them live."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COV")}
