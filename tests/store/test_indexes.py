"""Statements that would otherwise walk a table find their rows by the index that is there for them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest

from agentflow.store import VERSION
from agentflow.store.statements import statements


@pytest.fixture(scope="module")
def database() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    for number in range(1, VERSION + 1):
        connection.executescript(statements("schema.sql")[str(number)])
    yield connection
    connection.close()


@pytest.mark.parametrize(
    ("name", "values", "index"),
    [
        ("drop_old_answers", {"before": 1, "owner": "a", "lost": 2}, "answers_under_way"),
        ("undelivered", {"tenant": "t"}, "notices_undelivered"),
    ],
)
def test_it_is_used(database: sqlite3.Connection, name: str, values: dict[str, object], index: str) -> None:
    plan = database.execute(f"EXPLAIN QUERY PLAN {statements('queries.sql')[name]}", values)
    assert index in " ".join(row[3] for row in plan)
