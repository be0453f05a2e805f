"""A copy of a database that is in use: all of it or nothing, and its runs go on."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from agentflow.errors import AgentFlowError, Conflict, StorageError, UsageError
from agentflow.store import Store
from agentflow.store.copying import copy
from agentflow.store.health import examine

from ..fakes import office
from ..fakes.waiting import until

NOW = 1_800_000_000.0


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    path = tmp_path / "agentflow.db"
    await (await Store.open(path)).close()
    return path


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_copy_is_one_file_like_the_first(path: Path, tmp_path: Path) -> None:
    path.chmod(0o640)
    target = tmp_path / "backups" / "b.db"
    target.parent.mkdir()
    assert copy(path, target, NOW) == target.stat().st_size
    assert files(target.parent) == ["b.db"]
    assert target.stat().st_mode & 0o777 == 0o640
    assert examine(target, lambda worker: False).ailments == ()


def test_a_copy_belongs_to_no_worker(path: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO workers (id, pid, tools, started_at) VALUES ('w', 1, '[]', 0)")
        connection.execute(
            "INSERT INTO work (id, kind, generation, needs, worker, epoch) VALUES ('x', 'x', 1, '[]', 'w', 3)"
        )
    copy(path, tmp_path / "b.db", NOW)
    with closing(sqlite3.connect(tmp_path / "b.db")) as connection:
        assert connection.execute("SELECT worker, epoch, wake_at FROM work").fetchall() == [(None, 3, NOW)]
        assert connection.execute("SELECT * FROM workers").fetchall() == []
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT worker FROM work").fetchall() == [("w",)]


def test_a_file_that_is_there_is_replaced_only_by_force(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "b.db"
    target.write_text("mine")
    with pytest.raises(Conflict, match=r"there is a file .*b\.db already: .*--force"):
        copy(path, target, NOW)
    assert target.read_text() == "mine"
    copy(path, target, NOW, force=True)
    assert examine(target, lambda worker: False).ailments == ()


@pytest.mark.parametrize(
    ("target", "kind", "why"),
    [
        ("no/folder/b.db", UsageError, "there is no folder"),
        (".", UsageError, "is a folder: name a file in it"),
        ("agentflow.db", UsageError, "is the database itself"),
        ("link.db", UsageError, "is the database itself"),
        ("open.db", Conflict, "open.db-wal belongs to a database that is open"),
    ],
)
def test_where_no_copy_can_be_is_said(
    path: Path, tmp_path: Path, target: str, kind: type[AgentFlowError], why: str
) -> None:
    (tmp_path / "link.db").symlink_to(path)
    (tmp_path / "open.db-wal").write_text("somebody's")
    before = files(tmp_path)
    with pytest.raises(kind, match=why):
        copy(path, tmp_path / target, NOW, force=True)
    assert files(tmp_path) == before


@pytest.mark.parametrize(("version", "why"), [(0, "another program's"), (999, "newer agentflow")])
def test_only_databases_of_this_agentflow_are_copied(path: Path, tmp_path: Path, version: int, why: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {version}")
    before = files(tmp_path)
    with pytest.raises(StorageError, match=why):
        copy(path, tmp_path / "b.db", NOW)
    assert files(tmp_path) == before


def test_a_copy_that_fails_half_way_leaves_nothing_and_says_why(path: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TABLE workers")
    before = files(tmp_path)
    with pytest.raises(StorageError, match=r"cannot be copied to .*b.db: no such table: workers; nothing was left"):
        copy(path, tmp_path / "b.db", NOW)
    assert files(tmp_path) == before


def test_writers_are_not_kept_waiting_and_the_copy_is_of_one_moment(path: Path, tmp_path: Path) -> None:
    """Two rows that are always written together are both in the copy, or neither is, however many came meanwhile."""
    stop, written = threading.Event(), 0

    def write() -> None:
        nonlocal written
        with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as connection:
            while not stop.is_set():
                connection.execute("BEGIN IMMEDIATE")
                for table in ("one", "two"):
                    connection.execute(f"INSERT INTO {table} VALUES (?)", (written,))
                connection.execute("COMMIT")
                written += 1

    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE one (n INTEGER)")
        connection.execute("CREATE TABLE two (n INTEGER)")
    writer = threading.Thread(target=write)
    writer.start()
    counts = []
    try:
        for number in range(5):
            before = written
            while written < before + 20:
                stop.wait(0.001)
            copy(path, tmp_path / f"{number}.db", NOW)
            with closing(sqlite3.connect(tmp_path / f"{number}.db")) as copied:
                counts.append(
                    [copied.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0] for table in ("one", "two")]
                )
    finally:
        stop.set()
        writer.join()
    assert [one == two for one, two in counts] == [True] * 5
    assert [one for one, _ in counts] == sorted({one for one, _ in counts})


async def test_a_damaged_database_is_not_taken_for_a_backup(tmp_path: Path) -> None:
    """SQLite copies pages without looking at them: whoever has a copy relies on it."""
    path = tmp_path / "agentflow.db"
    await (await Store.open(path)).close()
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))
    with pytest.raises(StorageError, match=r"agentflow\.db (is not|cannot be) copied.*(damaged|malformed)"):
        copy(path, tmp_path / "copy.db", NOW)
    assert not (tmp_path / "copy.db").exists()


async def test_the_runs_of_a_copy_made_under_load_go_on(tmp_path: Path) -> None:
    there, here = tmp_path / "there", tmp_path / "here"
    there.mkdir()
    here.mkdir()
    async with office.house(there) as flow:
        clerk = await flow.agents.create("clerk", model=office.MODEL, tools=["*"], review="never")
        await clerk.register(office.WAITS)
        waiting = await clerk.start(id="waiting")
        await clerk.register(office.READS)
        runs = [await clerk.start({"id": "17"}, id=f"run_{n}") for n in range(30)]

        async def begun() -> bool:
            return (await runs[0].refresh()).status == "completed"

        await until(begun)
        await asyncio.to_thread(copy, there / "agentflow.db", here / "agentflow.db", flow._open().clock.now())
        await asyncio.gather(*(run.result() for run in runs))
    assert examine(here / "agentflow.db", lambda worker: False).ailments == ()
    async with office.house(here) as flow:
        found = [await flow.runs.get(run.id) for run in [*runs, waiting]]
        await found[-1].send("go", {"n": 1})
        results = await asyncio.wait_for(asyncio.gather(*(run.result() for run in found)), 60)
    assert results == [{"id": "17", "total": 120}] * 30 + [{"n": 1}]
