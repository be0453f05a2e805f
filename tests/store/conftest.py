"""The store is tested with databases whose tables are made in earnest."""

from __future__ import annotations

import pytest

from agentflow.store.sqlite import SqliteStore

from ..fakes import blank


@pytest.fixture(autouse=True)
def made(monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that is opened first is created."""
    monkeypatch.setattr(SqliteStore, "opened", blank.made)
