"""What is wrong with a database on a server is found while it is open, and mended where that harms nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentflow.app import AgentFlow
from agentflow.app.checkups import looked_after
from agentflow.errors import StorageError
from agentflow.store import Write
from agentflow.store.postgres import PostgresStore

from ..fakes import office
from ..fakes.elsewhere import on_a_server

pytestmark = on_a_server
FSYNC = "the server may forget what it has committed when its machine fails: set fsync = on there"


def message(id: str) -> Write:
    return Write("insert_message", {"id": id, "at": 0.0, "kind": "event", "key": "", "body": None})


async def said(flow: AgentFlow, statement: str) -> None:
    """As nobody does who uses verbs."""
    store = flow._open().store
    assert isinstance(store, PostgresStore)
    await (await store._writer._line.open()).execute(statement.encode())


async def test_a_server_says_what_it_is_and_whether_it_keeps_what_it_commits(tmp_path: Path) -> None:
    """That of the tests does not: it forgets nothing before they end."""
    async with office.house(tmp_path) as flow:
        report, mended = await looked_after(flow, mend=False)
        assert report.facts.keys() >= {"schema", "postgresql", "bytes", "fsync", "full_page_writes"}
        assert (report.facts["synchronous_commit"], report.facts["workers"]) == ("on", await flow.workers())
        assert ([ailment.message for ailment in report.ailments], mended) == ([FSYNC], {})


async def test_what_is_wrong_is_named_and_mended_when_asked(tmp_path: Path) -> None:
    async with office.house(tmp_path, worker=False) as flow:
        clerk = await flow.agents.create("clerk", model=office.MODEL)
        await clerk.register(office.WAITS)
        run, store = await clerk.start(), flow._open().store
        await store.write([message("lost"), message("lost"), message("gone")])
        await store.write([Write("claim", {"id": run.id, "worker": "dead", "most": None})])
        report, _ = await looked_after(flow, mend=False)
        assert [(one.check, one.ids) for one in report.ailments[1:]] == [
            ("stray_messages", ("gone", "lost")),
            ("workers", ("dead",)),
        ]
        report, mended = await looked_after(flow, mend=True)
        assert ([one.message for one in report.ailments], mended) == ([FSYNC], {"workers": 1, "stray_messages": 2})
        assert await store.row("needs_of", id=run.id) is not None  # nobody holds it


async def test_an_audit_log_that_was_changed_is_told(tmp_path: Path) -> None:
    async with office.house(tmp_path, worker=False) as flow:
        await flow.agents.create("clerk", model=office.MODEL)
        await said(flow, "ALTER TABLE audit DISABLE TRIGGER USER")
        await said(flow, "UPDATE audit SET who = 'somebody else'")
        report, _ = await looked_after(flow, mend=False)
        assert [one.message for one in report.ailments[1:]] == ["the audit log was tampered with: row 1 was changed"]


async def test_of_what_is_closed_nothing_is_known(tmp_path: Path) -> None:
    async with office.house(tmp_path, worker=False) as flow:
        store = flow._open().store
    with pytest.raises(StorageError, match="cannot be read: it is closed"):
        await store.facts()
