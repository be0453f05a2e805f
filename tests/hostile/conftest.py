"""Hostile plans are played without the tracer of coverage: with it they took twice as long."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ..fakes.untraced import untraced


@pytest.fixture(autouse=True)
def quick() -> Iterator[None]:
    """Nothing traces the test."""
    with untraced():
        yield
