"""Statements that would otherwise walk a table find their rows by the index that is there for them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest

from agentflow.store import VERSION
from agentflow.store.statements import statements

WINDOW: dict[str, object] = {
    "tenant": "t", "agent": None, "status": None, "schedule": "s", "version": None, "before": 1.0, "before_id": "",
    "since": 0, "text": None, "most": 5,
}  # fmt: skip


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
        ("runs_of_schedule", WINDOW, "runs_by_schedule"),
        ("count_runs_by_version", {"tenant": "t", "agent": "a"}, "USING COVERING INDEX runs_by_version"),
        ("runs_of_parent", {"run": "r"}, "runs_by_parent"),
        ("approvals_newest", WINDOW, "approvals_by_time"),
        ("decisions_of", {"ids": '["a"]'}, "USING INDEX sqlite_autoindex_decisions_1"),
        ("changed", {"tenant": "t", "since": 1, "most": 5}, "audit USING INDEX audit_by_tenant (tenant=? AND n>?)"),
        ("count_runs", {"tenant": "t", "statuses": '["failed"]', "most": 5}, "runs_by_status"),
    ],
)
def test_it_is_used(database: sqlite3.Connection, name: str, values: dict[str, object], index: str) -> None:
    plan = database.execute(f"EXPLAIN QUERY PLAN {statements('queries.sql')[name]}", values)
    assert index in " ".join(row[3] for row in plan)
