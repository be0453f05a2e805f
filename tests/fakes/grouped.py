"""Tests of an `xdist_group` go to one process: with pytest 9.2 and xdist 3.8 the mark alone has no effect.

xdist tells a group in the test's id, by an attribute that pytest no longer reads (pytest-dev/pytest-xdist#1386). Once
it tells it in another way, there is no such attribute, and this may go. Only what is told has the group in it: by the
ids themselves, tests that failed are found again without xdist.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest


@contextmanager
def told(items: Sequence[pytest.Item]) -> Iterator[None]:
    """Inside, the ids have the groups in them."""
    with pytest.MonkeyPatch.context() as patch:
        for item in items:
            if "_nodeid" in vars(item):
                patch.setattr(item, "_id", vars(item)["_nodeid"])
        yield
