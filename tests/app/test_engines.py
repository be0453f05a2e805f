"""Which engine works on which database is said before anything is opened."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from agentflow.app import AgentFlow
from agentflow.errors import UsageError
from agentflow.settings import EngineSettings, Settings

SERVER = "postgresql://flow:hush@db.example.com/flow"
RESTATE = EngineSettings(kind="restate", restate_url="http://127.0.0.1:1")


@pytest.mark.parametrize(
    ("db", "engine", "complaint"),
    [
        (SERVER, EngineSettings(), "the embedded engine works on a file, and postgresql://flow@db.example.com/flow is"),
        ("a.db", RESTATE, "Restate's workers may be on several machines, and a.db is a file on this one: give --db"),
        (SERVER, EngineSettings(kind="restate"), "where is Restate? give --restate-url URL"),
    ],
)
async def test_an_engine_that_cannot_work_there_is_refused_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, db: str, engine: EngineSettings, complaint: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError) as refusal:
        await AgentFlow(db, settings=Settings(engine=engine)).open()
    assert str(refusal.value).startswith(complaint)
    assert "hush" not in str(refusal.value)
    assert not any(tmp_path.iterdir())  # noqa: ASYNC240  # nobody waits for it


async def test_what_is_not_installed_is_said_before_a_worker_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hypercorn", None)
    with pytest.raises(UsageError, match=r"a worker needs hypercorn: pip install \"agentflow\[restate,postgres\]\""):
        await AgentFlow(SERVER, settings=Settings(engine=RESTATE)).open()


async def test_without_the_driver_a_server_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "agentflow.store.postgres", raising=False)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(UsageError, match=r"pip install \"agentflow\[postgres\]\""):
        await AgentFlow(SERVER, worker=False).open()


def test_an_address_of_another_kind_of_server_is_no_file() -> None:
    with pytest.raises(UsageError, match="db: mysql: is no database for agentflow: give a file"):
        AgentFlow("mysql://db/flow")


async def test_who_only_asks_opens_a_file_whatever_the_engine_is(tmp_path: Path) -> None:
    """So that a copy of a database, or an empty one for the checks of plans, is read under the same settings."""
    async with AgentFlow(tmp_path / "a.db", settings=Settings(engine=RESTATE), worker=False) as flow:
        assert await flow.workers() == []
