"""A server that takes notices."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from . import servers
from .servers import Inbox


@pytest.fixture
def hook() -> Iterator[Inbox]:
    with servers.web() as inbox:
        yield inbox
