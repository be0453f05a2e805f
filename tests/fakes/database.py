"""What tests say to a store's file behind its back."""

from __future__ import annotations

import sqlite3

import pytest

from agentflow.store import Store
from agentflow.store.sqlite import SqliteStore


def writer(store: Store) -> sqlite3.Connection:
    """The connection that writes, of a store in a file."""
    if not isinstance(store, SqliteStore):
        pytest.skip("it looks into a file, and the house is on a server")
    return store._writer._conn
