"""What every store keeps, whichever database it is."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from agentflow.errors import Conflict, StorageError
from agentflow.records import Principal
from agentflow.store import VERSION, Store, Write
from agentflow.store.audit import entry
from agentflow.store.chain import broken
from agentflow.store.statements import statements

from ..fakes import postgres
from ..fakes.waiting import until

pytestmark = pytest.mark.xdist_group("postgres")


@pytest.fixture(params=["a file", "a server"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where there is no database yet."""
    if request.param == "a file":
        return str(tmp_path / "a.db")
    server: postgres.Server = request.getfixturevalue("server")
    return server.database()


def worker(id: str, refuse: Exception | None = None) -> Write:
    return Write("insert_worker", {"id": id, "pid": 1, "tools": "[]", "started_at": 0.0}, refuse)


def parameters(sql: str) -> list[str]:
    return re.findall(r"(?<![:\w]):(\w+)", sql)


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


async def test_batches_that_are_ready_together_share_one_transaction(store: Store) -> None:
    before = await store.changes()
    await asyncio.gather(*(store.write([worker(str(number))]) for number in range(50)))
    assert len(await names(store)) == 50
    assert await store.changes() - before <= 2


async def test_a_change_by_another_process_is_noticed(store: Store, place: str) -> None:
    before = await store.changes()
    other = await Store.open(place)
    await other.write([worker("a")])
    await other.close()
    await until(lambda: _is_new(store, before))


async def _is_new(store: Store, before: int) -> bool:
    return await store.changes() != before


async def test_what_it_has_written_itself_is_nobody_elses(store: Store, place: str) -> None:
    before = store.elsewhere()
    await store.write([worker("a")])
    other = await Store.open(place)
    await store.write([worker("b")])
    assert store.elsewhere() == before
    await other.write([worker("c")])
    await until(lambda: store.elsewhere() != before)
    await other.close()


async def test_two_that_open_a_new_database_at_once_make_one_schema(place: str) -> None:
    stores = await asyncio.gather(*(Store.open(place) for _ in range(4)))
    for number, store in enumerate(stores):
        await store.write([worker(str(number))])
    assert await names(stores[0]) == ["0", "1", "2", "3"]
    for store in stores:
        await store.close()


async def test_of_two_writes_that_are_refused_the_first_says_why(store: Store) -> None:
    await store.write([worker("a")])
    nobody = Write("delete_worker", {"id": "nobody"}, Conflict("the first"))
    with pytest.raises(Conflict, match="the first"):
        await store.write([worker("b"), nobody, worker("a", Conflict("the second"))])
    assert await names(store) == ["a"]


async def test_a_batch_without_writes_is_stored_beside_others(store: Store) -> None:
    nothing, results = await asyncio.gather(store.write([]), store.write([worker("a")]))
    assert (nothing, results, await names(store)) == ([], [[]], ["a"])


async def test_a_closed_store_refuses_writes_and_reads(place: str) -> None:
    store = await Store.open(place)
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


@pytest.mark.parametrize("bad", [{"id": "a lone surrogate \udcff"}, {"pid": 2**70}, {"id": object()}])
async def test_a_value_that_cannot_be_stored_refuses_its_own_batch_only(store: Store, bad: dict[str, Any]) -> None:
    refused = Write("insert_worker", {**worker("x").params, **bad})
    outcomes = await asyncio.gather(store.write([worker("a")]), store.write([refused]), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [list, StorageError]
    await store.write([worker("b")])
    assert await names(store) == ["a", "b"]


async def test_a_query_for_what_cannot_be_stored_is_one_line(store: Store) -> None:
    with pytest.raises(StorageError, match="cannot be read"):
        await store.rows("agent", id="\udcff")


async def test_every_query_is_understood(store: Store) -> None:
    """With nothing for each parameter: whatever it finds, it is no error."""
    for name, sql in statements("queries.sql").items():
        if sql.startswith(("SELECT", "WITH")):
            await store.rows(name, **{key: 1 if key == "most" else None for key in parameters(sql)})


async def test_every_write_is_understood(store: Store) -> None:
    """None finds a row by nothing, and a row of nothing is an integrity error: both are refused."""
    for name, sql in statements("queries.sql").items():
        if not sql.startswith(("SELECT", "WITH")) and name not in ("insert_audit", "insert_message"):
            write = Write(name, dict.fromkeys(parameters(sql)), Conflict("refused"))
            with suppress(Conflict):
                await store.write([write])


async def test_a_text_is_found_past_upper_and_lower_case(store: Store) -> None:
    for id, text in (("a", "Refund order 17"), ("b", "50% off")):
        await store.write([goal(id, text)])
    looked = {"tenant": "t", "before": 1e9, "before_id": "", "since": 0.0, "most": 9}
    assert [row["id"] for row in await store.rows("goals", **looked, text="%refund%")] == ["a"]
    assert [row["id"] for row in await store.rows("goals", **looked, text=r"%50\%%")] == ["b"]
    await store.write([goal("c", "\u00c4rger \U0001f600"), goal("B", "upper")])
    found = [await store.rows("goals", **looked, text=f"%{text}%") for text in ("\u00e4rger", "\u00c4RGER \U0001f600")]
    assert [[row["id"] for row in rows] for rows in found] == [[], ["c"]]  # of letters beyond ASCII, the very same
    assert [row["id"] for row in await store.rows("goals", **looked, text=None)] == ["c", "b", "a", "B"]


@pytest.mark.parametrize("text", ["\0", "\0001\0", "\ufdd0", "\ufdd00", "\ufdd01", "a\ufdd0\0\ufdd0\ufdd01\0000b"])
async def test_a_zero_byte_in_a_text_comes_back(store: Store, text: str) -> None:
    """A model may write one, and a plan may call a step so: PostgreSQL itself refuses it."""
    await store.write([goal(text, text)])
    found = await store.row("goal_by_id", id=text)
    assert found is not None
    assert (found["id"], found["text"]) == (text, text)


async def test_values_come_back_as_they_were(store: Store) -> None:
    text, at = "\u00fc \u202e \U0001f600 ' \\ % :x", 1_764_150_000.123456
    await store.write([goal("a", text, at)])
    found = await store.row("goal_by_id", id="a")
    assert found is not None
    assert (found["text"], found["created_at"], found["plan_only"], found["run"]) == (text, at, 0, None)


async def test_a_list_of_ids_is_one_parameter(store: Store) -> None:
    await store.write([run("a"), run("b"), run("c")])
    assert sorted(row["id"] for row in await store.rows("taken_runs", ids='["a", "c", "x"]')) == ["a", "c"]


async def test_what_stands_in_json_is_found(store: Store) -> None:
    spec = {
        "run": "r",
        "generation": 1,
        "turn": 1,
        "kind": "do",
        "name": "s",
        "occurrence": 1,
        "line": 1,
        "facts": "{}",
    }
    plain = Write("insert_command", {**spec, "i": 0, "spec": '{"sensitive": false}'})
    await store.write([plain])
    assert await store.row("any_sensitive", run="r", generation=1) is None
    await store.write([Write("insert_command", {**spec, "i": 1, "spec": '{"sensitive": true}'})])
    assert await store.row("any_sensitive", run="r", generation=1) is not None


async def test_the_audit_log_is_a_chain_that_nobody_changes(store: Store, place: str) -> None:
    """However many write at once, from wherever."""
    others = [await Store.open(place) for _ in range(2)]
    acts = [entry(Principal("t", "olga"), "runs.cancel", str(n), {"\u00fc\ufdd0\0": n}, 1.5) for n in range(12)]
    await asyncio.gather(*(([store, *others][n % 3]).write([act]) for n, act in enumerate(acts)))
    with pytest.raises(StorageError):
        await store.write([acts[0], worker("a"), worker("a")])
    rows = await store.rows("whole_audit")
    [last] = await store.rows("last_audit")
    assert ([row["n"] for row in rows], broken(rows, last["seq"])) == (list(range(1, 13)), None)
    for other in others:
        await other.close()


async def test_one_of_many_takes_what_is_due(store: Store, place: str) -> None:
    """A claim is refused to all but one, however many reach for it at once."""
    others = [await Store.open(place) for _ in range(2)]
    work = {"kind": "run", "needs": "[]", "lane": None, "epoch": 0, "wake_at": 0.0}
    await store.write([Write("insert_work", {"id": str(n), **work}) for n in range(20)])

    async def claim(by: Store, who: str) -> list[str]:
        taken = []
        for n in range(20):
            [rows] = await by.write([Write("claim", {"worker": who, "id": str(n), "most": None})])
            taken += [row["id"] for row in rows]
        return taken

    claimed = await asyncio.gather(*(claim(by, str(n)) for n, by in enumerate([store, *others])))
    assert sorted(id for taken in claimed for id in taken) == sorted(map(str, range(20)))
    for other in others:
        await other.close()


async def test_a_database_of_a_newer_version_is_refused(place: str) -> None:
    await (await Store.open(place)).close()
    if place.startswith("postgresql"):
        with psycopg.connect(place) as server:
            server.execute("UPDATE schema_version SET number = 999")
    else:
        with closing(sqlite3.connect(place)) as file:
            file.execute("PRAGMA user_version = 999")
    with pytest.raises(StorageError, match=rf"newer agentflow \(schema 999, this one knows {VERSION}\): upgrade"):
        await Store.open(place)


async def test_another_programs_database_is_refused(place: str) -> None:
    if place.startswith("postgresql"):
        with psycopg.connect(place) as server:
            server.execute("CREATE TABLE mine (x TEXT)")
    else:
        with closing(sqlite3.connect(place)) as file:
            file.execute("CREATE TABLE mine (x TEXT)")
    with pytest.raises(StorageError, match="another program's database"):
        await Store.open(place)


async def test_a_server_that_is_not_there_is_one_line_without_a_password(tmp_path: Path) -> None:
    with pytest.raises(StorageError) as refused:
        await Store.open(f"postgresql://olga:secret@/mine?host={tmp_path}")
    assert str(refused.value).startswith(f"postgresql://olga@/mine?host={tmp_path} cannot be opened as a database")
    assert "see that the server runs" in str(refused.value)
    assert "secret" not in str(refused.value)
    assert "\n" not in str(refused.value)


def goal(id: str, text: str, at: float = 1.0) -> Write:
    none = dict.fromkeys(("basis", "reused", "revises", "parent", "parent_step", "root"))
    told = {"tenant": "t", "agent": "a", "payload": "{}", "plan_only": False, "share_payload": 0, "feedback": "[]"}
    return Write("insert_goal", {**none, **told, "id": id, "text": text, "depth": 0, "created_by": "olga", "now": at})


def run(id: str) -> Write:
    none = dict.fromkeys(("goal", "schedule", "parent", "parent_step", "root"))
    told = {"tenant": "t", "agent": "a", "version": 1, "payload": "{}", "depth": 0, "created_by": "olga", "now": 1.0}
    return Write("insert_run", {**none, **told, "id": id})
