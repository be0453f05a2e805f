"""What the tests of the second engine share: a server of Restate, and one of PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ..fakes import restate


@pytest.fixture(scope="session", autouse=True)
def installed() -> None:
    """Without its program, these tests are left out."""
    if restate.found() is None:
        pytest.skip(restate.WITHOUT)


@pytest.fixture(scope="session")
def server(installed: None) -> Iterator[restate.Server]:
    """One for all who do not kill it: each has a service of its own."""
    with restate.running() as server:
        yield server
