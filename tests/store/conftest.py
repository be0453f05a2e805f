"""The store is tested with databases whose tables are made in earnest."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from agentflow.store import Store
from agentflow.store.sqlite import SqliteStore

from ..fakes import blank, postgres


@pytest.fixture(autouse=True)
def made(monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that is opened first is created."""
    monkeypatch.setattr(SqliteStore, "opened", blank.made)


@pytest.fixture(scope="session")
def server(database_server: postgres.Server) -> postgres.Server:
    """The one of the whole session."""
    return database_server


@pytest.fixture
async def store(place: str) -> AsyncIterator[Store]:
    """Of the place where a file of tests has it."""
    store = await Store.open(place)
    yield store
    await store.close()
