"""What the tests of the second engine share: a server of Restate, one of PostgreSQL, and where workers come from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ..crash import nursery
from ..fakes import postgres, restate
from .fleet import Fleet


@pytest.fixture(scope="session")
def server(restate_server: restate.Server) -> restate.Server:
    """The one of the whole session: whoever kills it starts it again."""
    return restate_server


@pytest.fixture(scope="session")
def workers() -> Iterator[None]:
    """They are forked from a process that has imported what they need."""
    with nursery.opened():
        yield


@pytest.fixture
def on(workers: None, database_server: postgres.Server, tmp_path: Path) -> Iterator[Callable[[restate.Server], Fleet]]:
    """Gives a fleet on a server of Restate."""
    fleets: list[Fleet] = []

    def on(server: restate.Server) -> Fleet:
        fleets.append(Fleet(tmp_path, database_server.database(), server))
        return fleets[-1]

    yield on
    for fleet in fleets:
        fleet.end()


@pytest.fixture
def fleet(server: restate.Server, on: Callable[[restate.Server], Fleet]) -> Fleet:
    """On the server that all share."""
    return on(server)
