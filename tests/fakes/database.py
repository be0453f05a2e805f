"""What tests say to a store's file behind its back."""

from __future__ import annotations

import sqlite3

from agentflow.store import Store
from agentflow.store.sqlite import SqliteStore


def writer(store: Store) -> sqlite3.Connection:
    """The connection that writes, of a store in a file."""
    assert isinstance(store, SqliteStore)
    return store._writer._conn
