from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

import agentflow.store
from agentflow.errors import Conflict, StorageError
from agentflow.store import VERSION, Store, Write
from agentflow.store.statements import statements


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = await Store.open(tmp_path / "a.db")
    yield store
    await store.close()


def worker(id: str, refuse: Exception | None = None) -> Write:
    return Write("insert_worker", {"id": id, "pid": 1, "tools": "[]", "started_at": 0.0}, refuse)


async def names(store: Store) -> list[str]:
    return sorted(row["id"] for row in await store.rows("workers"))


async def test_what_was_written_is_read(store: Store) -> None:
    await store.write([worker("a"), worker("b")])
    assert await names(store) == ["a", "b"]


async def test_a_batch_is_all_or_nothing(store: Store) -> None:
    with pytest.raises(Conflict, match="taken"):
        await store.write([worker("a"), worker("a", Conflict("taken"))])
    assert await names(store) == []


async def test_a_refused_batch_takes_no_neighbour_along(store: Store) -> None:
    batches = [[worker("a")], [worker("b"), worker("b", Conflict("no"))], [worker("c")]]
    outcomes = await asyncio.gather(*map(store.write, batches), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [list, Conflict, list]
    assert await names(store) == ["a", "c"]


async def test_an_integrity_error_without_a_word_of_its_own_names_the_statement(store: Store) -> None:
    await store.write([worker("a")])
    with pytest.raises(StorageError, match="insert_worker"):
        await store.write([worker("a")])


async def test_a_write_that_must_touch_a_row_and_does_not_refuses_its_batch(store: Store) -> None:
    gone = Write("delete_worker", {"id": "nobody"}, Conflict("nobody is not there"))
    with pytest.raises(Conflict, match="not there"):
        await store.write([worker("a"), gone])
    assert await names(store) == []


async def test_a_query_that_must_find_a_row_guards_its_batch(store: Store) -> None:
    held = Write("held", {"id": "x", "worker": "w", "epoch": 1}, Conflict("not held"))
    with pytest.raises(Conflict, match="not held"):
        await store.write([held, worker("a")])
    assert await names(store) == []


async def test_batches_that_are_ready_together_share_one_transaction(store: Store, tmp_path: Path) -> None:
    before = await store.changes()
    await asyncio.gather(*(store.write([worker(str(number))]) for number in range(50)))
    assert len(await names(store)) == 50
    assert await store.changes() - before <= 2


async def test_commits_are_flushed_to_the_disk_before_they_are_acknowledged(store: Store) -> None:
    """WAL with synchronous=FULL on the connection that writes."""
    [[mode]] = await store._writer.execute_fetchall("PRAGMA journal_mode")
    [[synchronous]] = await store._writer.execute_fetchall("PRAGMA synchronous")
    assert (mode, synchronous) == ("wal", 2)


async def test_a_change_by_another_process_is_noticed(store: Store) -> None:
    before = await store.changes()
    other = await Store.open(store.path)
    await other.write([worker("a")])
    await other.close()
    assert await store.changes() != before


async def test_two_that_open_a_new_database_at_once_make_one_schema(tmp_path: Path) -> None:
    stores = await asyncio.gather(*(Store.open(tmp_path / "new.db") for _ in range(4)))
    for number, store in enumerate(stores):
        await store.write([worker(str(number))])
    assert await names(stores[0]) == ["0", "1", "2", "3"]
    for store in stores:
        await store.close()


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


async def test_nothing_is_left_of_a_database_that_cannot_be_opened(tmp_path: Path) -> None:
    """No thread that would still speak to an event loop which is closed by then."""
    path = tmp_path / "x.db"
    path.symlink_to(tmp_path / "missing" / "x.db")
    before = {*threading.enumerate()}
    with pytest.raises(StorageError, match="unable to open database file; name another file with --db"):
        await Store.open(path)
    assert {*threading.enumerate()} <= before


async def test_a_folder_that_is_not_there_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be opened"):
        await Store.open(tmp_path / "missing" / "a.db")


async def test_a_closed_store_refuses_writes_and_reads(tmp_path: Path) -> None:
    store = await Store.open(tmp_path / "a.db")
    await store.close()
    with pytest.raises(StorageError, match="cannot be written"):
        await store.write([worker("a")])


async def test_a_read_that_fails_says_so(store: Store) -> None:
    with pytest.raises(StorageError, match="cannot be read"):
        await store.rows("agent")


async def test_a_caller_that_goes_away_does_not_undo_its_write(store: Store) -> None:
    task = asyncio.create_task(store.write([worker("a")]))
    await asyncio.sleep(0)
    task.cancel()
    await store.write([worker("b")])
    assert await names(store) == ["a", "b"]


def test_every_statement_has_a_name_of_its_own() -> None:
    text = (Path(__file__).parents[2] / "agentflow/store/queries.sql").read_text()
    assert text.count("-- name: ") == len(statements("queries.sql"))


@pytest.mark.parametrize("value", ["a lone surrogate \udcff", 2**70, object()])
async def test_a_value_that_cannot_be_stored_refuses_its_own_batch_only(store: Store, value: object) -> None:
    bad = Write("insert_worker", {"id": value, "pid": 1, "tools": "[]", "started_at": 0.0})
    outcomes = await asyncio.gather(store.write([worker("a")]), store.write([bad]), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [list, StorageError]
    await store.write([worker("b")])
    assert await names(store) == ["a", "b"]


async def test_a_query_for_what_cannot_be_stored_is_one_line(store: Store) -> None:
    with pytest.raises(StorageError, match="cannot be read"):
        await store.rows("agent", id="\udcff")


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
        patched.setattr("agentflow.store.statements", lambda file: {"1": schema["1"] + "\n;\nNO SQL"})
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
    await (await asyncio.wait_for(opening, 20)).close()


# where a transaction runs: here while that is quick, else in the writer's thread


async def test_a_database_that_another_program_holds_for_a_while_is_waited_for_and_nobody_else_waits(
    store: Store,
) -> None:
    lock = sqlite3.connect(store.path, isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    writing = asyncio.create_task(store.write([worker("a")]))
    await asyncio.sleep(0.05)
    assert not writing.done()
    assert await names(store) == []
    lock.execute("COMMIT")
    lock.close()
    await asyncio.wait_for(writing, 20)
    assert await names(store) == ["a"]


async def test_a_database_that_another_program_does_not_give_back_is_an_error(store: Store) -> None:
    store.patience = 0.01
    lock = sqlite3.connect(store.path, isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageError, match="cannot be written: database is locked; nothing of this was stored"):
        await store.write([worker("a")])
    lock.close()
    await store.write([worker("b")])
    assert await names(store) == ["b"]


@pytest.mark.parametrize("why", ["many writes", "a slow disk"])
async def test_a_transaction_that_takes_long_leaves_the_event_loop_to_others(
    store: Store, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[threading.Thread] = []

    def noting(*given: Any) -> Any:
        threads.append(threading.current_thread())
        return transaction(*given)

    transaction = agentflow.store._transaction
    monkeypatch.setattr(agentflow.store, "_transaction", noting)
    count = agentflow.store.MANY + 1 if why == "many writes" else 1
    store._cost = 1.0 if why == "a slow disk" else 0.0
    await store.write([worker(str(number)) for number in range(count)])
    assert threads != [threading.main_thread()]
    store._cost = 0.0
    await store.write([worker("quick")])
    assert threads[1:] == [threading.main_thread()]
    assert len(await names(store)) == count + 1


async def test_a_disk_that_has_become_quick_again_is_noticed(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agentflow.store, "QUICK", 0.1)  # however slow the disk is on which this test runs
    store._cost = 1.0
    for number in range(60):
        await store.write([worker(str(number))])
    assert store._cost < agentflow.store.QUICK


async def test_many_rows_are_read_whole(store: Store) -> None:
    count = agentflow.store.FEW + 1
    await store.write([worker(str(number)) for number in range(count)])
    assert store.glance("workers") is None
    assert len(await store.rows("workers")) == count


async def test_a_list_is_read_without_a_thread_and_what_looks_for_a_text_with_one(store: Store) -> None:
    """A thread needs the interpreter anew for each row, and waits for it while others are answered."""
    here, there = list[str](), list[str]()
    store._glance._conn.set_trace_callback(here.append)
    store._reader._conn.set_trace_callback(there.append)
    window = {"tenant": "default", "before": 9e9, "before_id": "", "since": 0.0, "most": 50}
    await store.rows("runs", **window, text=None)
    assert (len(here), len(there)) == (1, 0)
    await store.rows("runs", **window, text="%late%")
    assert (len(here), len(there)) == (1, 1)


async def test_whoever_reads_in_a_loop_does_not_keep_it_for_himself(store: Store) -> None:
    others: list[int] = []
    asyncio.get_running_loop().call_soon(others.append, 1)
    while not others:
        await store.rows("workers")


async def test_writes_that_come_while_a_commit_is_on_its_way_are_the_next_one(store: Store) -> None:
    store._cost = 1.0
    first = asyncio.create_task(store.write([worker("a")]))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await asyncio.gather(store.write([worker("b")]), store.write([worker("c")]), first)
    assert await names(store) == ["a", "b", "c"]


async def test_what_goes_along_goes_with_the_first_batch_that_is_stored(store: Store) -> None:
    with store.along(worker("along")):
        with pytest.raises(Conflict):
            await store.write([worker("a"), worker("a", Conflict("taken"))])
        assert await names(store) == []
        assert len(await store.write([worker("b")])) == 1
        assert await names(store) == ["along", "b"]
        await store.write([worker("c")])
    assert await names(store) == ["along", "b", "c"]


async def test_what_nothing_took_along_is_not_stored_by_what_was_begun_meanwhile(store: Store) -> None:
    with store.along(worker("along")):
        later = asyncio.get_running_loop().create_future()
        begun = asyncio.create_task(_written(store, later))
        await asyncio.sleep(0)
    later.set_result(None)
    await begun
    assert await names(store) == ["later"]


async def _written(store: Store, when: asyncio.Future[None]) -> None:
    await when
    await store.write([worker("later")])


def test_a_process_ends_though_its_store_was_never_closed(tmp_path: Path) -> None:
    """Something failed before: the connections' threads would wait for more, and nobody would see the error."""
    lines = "import asyncio", "from pathlib import Path", "from agentflow.store import Store"
    opens = "; ".join([*lines, "kept = asyncio.run(Store.open(Path('a.db')))"])
    assert subprocess.run([sys.executable, "-c", opens], cwd=tmp_path, timeout=30, check=False).returncode == 0
