"""One process from which the workers of all scenes come."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .nursery import opened


@pytest.fixture(scope="session", autouse=True)
def nursery() -> Iterator[None]:
    """Workers are forked from a process that has imported what they need."""
    with opened():
        yield
