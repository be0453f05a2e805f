from __future__ import annotations

import asyncio
import resource
import sqlite3
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

import agentflow.store.sqlite
from agentflow.errors import Conflict, StorageError
from agentflow.store import VERSION, Store, Write
from agentflow.store.sqlite import SqliteStore
from agentflow.store.statements import statements


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    store = await SqliteStore.opened(tmp_path / "a.db")
    yield store
    await store.close()


def worker(id: str, refuse: Exception | None = None) -> Write:
    return Write("insert_worker", {"id": id, "pid": 1, "tools": "[]", "started_at": 0.0}, refuse)


async def names(store: SqliteStore) -> list[str]:
    return sorted(row["id"] for row in await store.rows("workers"))


async def test_commits_are_flushed_to_the_disk_before_they_are_acknowledged(store: SqliteStore) -> None:
    """WAL with synchronous=FULL on the connection that writes."""
    [[mode]] = await store._writer.execute_fetchall("PRAGMA journal_mode")
    [[synchronous]] = await store._writer.execute_fetchall("PRAGMA synchronous")
    assert (mode, synchronous) == ("wal", 2)


async def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "newer.db"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 999")
    connection.close()
    with pytest.raises(StorageError, match=r"newer agentflow.*upgrade"):
        await Store.open(path)


@pytest.mark.parametrize("content", [b"not a database at all, but long enough to be read as one" * 20])
async def test_a_file_that_is_no_database_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.db"
    path.write_bytes(content)
    with pytest.raises(StorageError, match=r"cannot be opened as a database.*--db"):
        await Store.open(path)
    assert path.read_bytes() == content


async def test_a_disk_that_takes_nothing_is_told_as_that(tmp_path: Path) -> None:
    """Here a limit of the process refuses what a full disk refuses: another database beside it would do no better."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        with pytest.raises(
            StorageError, match=r"cannot be opened as a database: disk I/O error; see that its disk has"
        ):
            await Store.open(tmp_path / "x.db")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_nothing_is_left_of_a_database_that_cannot_be_opened(tmp_path: Path) -> None:
    """No thread that would still speak to an event loop which is closed by then."""
    path = tmp_path / "x.db"
    path.symlink_to(tmp_path / "missing" / "x.db")
    before = {*threading.enumerate()}
    with pytest.raises(
        StorageError, match="unable to open database file; name another database with --db, or with db= in Python"
    ):
        await Store.open(path)
    assert {*threading.enumerate()} <= before


async def test_a_folder_that_is_not_there_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be opened"):
        await Store.open(tmp_path / "missing" / "a.db")


def test_every_statement_has_a_name_of_its_own() -> None:
    text = (Path(__file__).parents[2] / "agentflow/store/queries.sql").read_text()
    assert text.count("-- name: ") == len(statements("queries.sql"))


async def test_another_programs_database_is_left_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE mine (x TEXT)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StorageError, match="another program's database"):
        await Store.open(path)
    assert path.read_bytes() == before


async def test_a_migration_that_fails_half_way_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.db"
    schema = dict(statements("schema.sql"))
    with monkeypatch.context() as patched:
        patched.setattr("agentflow.store.sqlite.statements", lambda file: {"1": schema["1"] + "\n;\nNO SQL"})
        with pytest.raises(StorageError, match="cannot be opened"):
            await Store.open(path)
    await (await Store.open(path)).close()


async def test_a_database_of_every_earlier_version_is_brought_up_to_date_with_what_is_in_it(tmp_path: Path) -> None:
    for version in range(1, VERSION):
        path = tmp_path / f"{version}.db"
        with sqlite3.connect(path) as connection:
            for number in range(1, version + 1):
                connection.executescript(statements("schema.sql")[str(number)])
            connection.execute(f"PRAGMA user_version = {version}")
            connection.execute(
                "INSERT INTO agents (id, tenant, name, model, instructions, tools, review, repairs, created_at)"
                " VALUES ('a', 't', 'ada', 'm', '', '[\"*\"]', 'never', 1, 0)"
            )
        connection.close()
        opened = await Store.open(path)
        [row] = await opened.rows("agent", id="a")
        assert (row["tools"], row["agents"], row["limits"], row["hosts"]) == ('["*"]', "[]", "{}", "[]")
        assert await opened.rows("schedules", tenant="t", agent=None) == []
        await opened.close()


async def test_a_folder_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="it is a folder"):
        await Store.open(tmp_path)


async def test_opening_waits_for_another_program_that_holds_a_new_database(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    lock = sqlite3.connect(path, isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    opening = asyncio.create_task(Store.open(path))
    await asyncio.sleep(0.1)
    lock.execute("COMMIT")
    lock.close()
    await (await asyncio.wait_for(opening, 60)).close()


# where a transaction runs: here while that is quick, else in the writer's thread


async def test_a_database_that_another_program_holds_for_a_while_is_waited_for_and_nobody_else_waits(
    store: SqliteStore,
) -> None:
    lock = sqlite3.connect(store.path, isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    writing = asyncio.create_task(store.write([worker("a")]))
    await asyncio.sleep(0.05)
    assert not writing.done()
    assert await names(store) == []
    lock.execute("COMMIT")
    lock.close()
    await asyncio.wait_for(writing, 60)
    assert await names(store) == ["a"]


async def test_a_database_that_another_program_does_not_give_back_is_an_error(store: SqliteStore) -> None:
    store.patience = 0.01
    lock = sqlite3.connect(store.path, isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageError, match="cannot be written: database is locked; nothing of this was stored"):
        await store.write([worker("a")])
    lock.close()
    await store.write([worker("b")])
    assert await names(store) == ["b"]


async def test_whether_anybody_else_has_written_may_be_asked_of_a_database_that_is_locked_or_closed(
    store: SqliteStore,
) -> None:
    """Then it is as it was: who looks now and then looks on."""
    before, other = store.elsewhere(), await SqliteStore.opened(store.path)
    await other.write([worker("a")])
    await other.close()
    store._writer._conn.set_progress_handler(lambda: 1, 1)  # it is interrupted, which is such an error as well
    assert store.elsewhere() == before
    store._writer._conn.set_progress_handler(None, 1)
    changed = store.elsewhere()
    assert changed != before
    await store.close()
    assert store.elsewhere() == changed


@pytest.mark.parametrize("why", ["many writes", "a slow disk"])
async def test_a_transaction_that_takes_long_leaves_the_event_loop_to_others(
    store: SqliteStore, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[threading.Thread] = []

    def noting(*given: Any) -> Any:
        threads.append(threading.current_thread())
        return transaction(*given)

    transaction = agentflow.store.sqlite._transaction
    monkeypatch.setattr(agentflow.store.sqlite, "_transaction", noting)
    count = agentflow.store.sqlite.MANY + 1 if why == "many writes" else 1
    store._cost = 1.0 if why == "a slow disk" else 0.0
    await store.write([worker(str(number)) for number in range(count)])
    assert threads != [threading.main_thread()]
    store._cost = 0.0
    await store.write([worker("quick")])
    assert threads[1:] == [threading.main_thread()]
    assert len(await names(store)) == count + 1


async def test_a_disk_that_has_become_quick_again_is_noticed(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agentflow.store.sqlite, "QUICK", 0.1)  # however slow the disk is on which this test runs
    store._cost = 1.0
    for number in range(60):
        await store.write([worker(str(number))])
    assert store._cost < agentflow.store.sqlite.QUICK


async def test_many_rows_are_read_whole(store: SqliteStore) -> None:
    count = agentflow.store.sqlite.FEW + 1
    await store.write([worker(str(number)) for number in range(count)])
    assert store.glance("workers") is None
    assert len(await store.rows("workers")) == count


async def test_a_list_is_read_without_a_thread_and_what_looks_for_a_text_with_one(store: SqliteStore) -> None:
    """A thread needs the interpreter anew for each row, and waits for it while others are answered."""
    here, there = list[str](), list[str]()
    store._glance._conn.set_trace_callback(here.append)
    store._reader._conn.set_trace_callback(there.append)
    window = {"tenant": "default", "before": 9e9, "before_id": "", "since": 0.0, "most": 50}
    await store.rows("runs", **window, text=None)
    assert (len(here), len(there)) == (1, 0)
    await store.rows("runs", **window, text="%late%")
    assert (len(here), len(there)) == (1, 1)


async def test_whoever_reads_in_a_loop_does_not_keep_it_for_himself(store: SqliteStore) -> None:
    others: list[int] = []
    asyncio.get_running_loop().call_soon(others.append, 1)
    while not others:
        await store.rows("workers")


async def test_writes_that_come_while_a_commit_is_on_its_way_are_the_next_one(store: SqliteStore) -> None:
    store._cost = 1.0
    first = asyncio.create_task(store.write([worker("a")]))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await asyncio.gather(store.write([worker("b")]), store.write([worker("c")]), first)
    assert await names(store) == ["a", "b", "c"]


async def test_what_goes_along_goes_with_the_first_batch_that_is_stored(store: SqliteStore) -> None:
    with store.along(worker("along")):
        with pytest.raises(Conflict):
            await store.write([worker("a"), worker("a", Conflict("taken"))])
        assert await names(store) == []
        assert len(await store.write([worker("b")])) == 1
        assert await names(store) == ["along", "b"]
        await store.write([worker("c")])
    assert await names(store) == ["along", "b", "c"]


async def test_what_nothing_took_along_is_not_stored_by_what_was_begun_meanwhile(store: SqliteStore) -> None:
    with store.along(worker("along")):
        later = asyncio.get_running_loop().create_future()
        begun = asyncio.create_task(_written(store, later))
        await asyncio.sleep(0)
    later.set_result(None)
    await begun
    assert await names(store) == ["later"]


async def _written(store: SqliteStore, when: asyncio.Future[None]) -> None:
    await when
    await store.write([worker("later")])


def test_a_process_ends_though_its_store_was_never_closed(tmp_path: Path) -> None:
    """Something failed before: the connections' threads would wait for more, and nobody would see the error."""
    lines = "import asyncio", "from pathlib import Path", "from agentflow.store import Store"
    opens = "; ".join([*lines, "kept = asyncio.run(Store.open(Path('a.db')))"])
    assert subprocess.run([sys.executable, "-c", opens], cwd=tmp_path, timeout=30, check=False).returncode == 0
