"""What a database of an earlier version holds is there afterwards, in the words of the new one."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from agentflow.approvals import rows
from agentflow.store import Store
from agentflow.store.statements import statements


def database(path: Path, version: int, *statement: str) -> None:
    """A database of an earlier version, with these rows."""
    with sqlite3.connect(path) as connection:
        for number in range(1, version + 1):
            connection.executescript(statements("schema.sql")[str(number)])
        for one in statement:
            connection.execute(one)
        connection.execute(f"PRAGMA user_version = {version}")
    connection.close()


APPROVAL = """INSERT INTO approvals (id, tenant, agent, version, run, generation, step, kind, question, calls, digest,
    risk, status, created_at, decided_at, decided_by, comment, decision)
VALUES ('{0}', 't', 'a', 1, 'r', 1, 's#1', 'ask', 'Which?', '[]', 'd', 'low', '{1}', 1, 2, {2}, 'why', {3})"""


async def test_decisions_from_before_they_had_rows_of_their_own_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    said = '\'{"action": "answer", "value": {"colour": "red"}, "by": "anna", "comment": "why"}\''
    text = '\'{"action": "answer", "value": "blue", "by": "bert", "comment": "why"}\''
    database(
        path,
        5,
        APPROVAL.format("one", "answered", "'anna'", said),
        APPROVAL.format("two", "answered", "'bert'", text),
        APPROVAL.format("three", "expired", "NULL", "NULL"),
    )
    store = await Store.open(path)
    found = {id: [rows.verdict(row) for row in await store.rows("decisions", approval=id)] for id in ("one", "two")}
    questions = [rows.approval(row) for row in await store.rows("approvals", tenant="t", after=0, after_id="", most=9)]
    assert await store.rows("decisions", approval="three") == []
    await store.close()
    [[one], [two]] = found.values()
    assert (one.number, one.at, one.who, one.channel, one.action, one.value) == (
        1,
        2,
        "anna",
        "",
        "answer",
        {"colour": "red"},
    )
    assert (two.value, two.comment, two.digest, two.seen, two.calls) == ("blue", "why", "d", None, None)
    assert {question.id: question.verdicts for question in questions} == {"one": 1, "two": 1, "three": 0}
