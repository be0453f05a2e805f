"""Everything of a file is carried to a server, or nothing is; wherever that is cut off, at most one side works."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import tuple_row

from agentflow.errors import Conflict, StorageError
from agentflow.records import Principal
from agentflow.store import Store, Write, arriving, moving
from agentflow.store.audit import entry
from agentflow.store.chain import broken
from agentflow.store.dialect import plain
from agentflow.store.health import repair
from agentflow.store.leaving import Mark, leaving
from agentflow.store.tables import Table, tables

from ..fakes import postgres
from ..fakes.wire import wire
from .cutting import NOW, Cutter, cutter, mark, told

pytestmark = pytest.mark.xdist_group("postgres")

NOWHERE = "postgresql:///nowhere?host=/nowhere"
TEXTS = ["", "a", "Größe \U0001f600", "tab\tnew\nline\\N \\ \"quoted\" 'too'", "\\.", "\u2028", "x" * 3000]
TEXTS.append("a\0b\ufdd0\ufdd01")
NUMBERS = [0, 1, -1, 2**63 - 1, -(2**63)]
REALS = [0.0, 0.1, -1.5e300, 5e-324, 1_800_000_000.123456, float("inf")]


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    path = tmp_path / "agentflow.db"
    await (await Store.open(path)).close()
    return path


@pytest.fixture
def place(server: postgres.Server) -> str:
    return server.database()


async def move(path: Path, place: str, living: Callable[[], Sequence[str]] = list) -> Mark:
    return await moving.moved(path, place, mark(place), living, told())


def fill(path: Path, seed: int, rows: int = 4) -> None:
    """Any values that the columns take, in all tables."""
    some = random.Random(seed)
    with closing(sqlite3.connect(path)) as connection, connection:
        for table in tables():
            if table.name in ("moved", "tenants"):
                continue
            needed = [bool(row[3]) for row in connection.execute(f"PRAGMA table_info({table.name})")]
            for n in range(rows):
                values = [value(some, table, i, needed[i], n) for i in range(len(needed))]
                marks = ", ".join("?" * len(values))
                connection.execute(f"INSERT INTO {table.name} ({table.listed}) VALUES ({marks})", values)


def value(some: random.Random, table: Table, i: int, needed: bool, n: int) -> object:
    column = table.columns[i]
    if column.name in ("id", "prefix") or (column.keyed and column.kind == "TEXT"):
        return f"{table.name}{n}{some.choice(TEXTS[:5])}"
    if column.keyed:
        return n * 7 + 1
    if not needed and some.random() < 0.3:
        return None
    if (table.name, column.name) == ("runs", "schedule"):  # there is an index over what stands in it
        return '{"name": "n\\u0000"}'
    return {
        "TEXT": some.choice(TEXTS), "INTEGER": some.choice(NUMBERS), "REAL": some.choice(REALS),
        "BLOB": some.randbytes(some.choice([0, 300])),
    }[column.kind]  # fmt: skip


def all_here(path: Path) -> dict[str, list[object]]:
    with closing(sqlite3.connect(path)) as connection:
        connection.text_factory = lambda raw: raw.decode(errors="surrogateescape")
        return {
            table.name: sorted(connection.execute(f"SELECT {table.listed} FROM {table.name}"), key=repr)
            for table in tables()
        }


def all_there(place: str) -> dict[str, list[object]]:
    with psycopg.connect(place, row_factory=tuple_row) as connection:
        found: dict[str, list[object]] = {}
        for table in tables():
            rows = connection.execute(f"SELECT {table.listed} FROM {table.name}").fetchall()
            found[table.name] = sorted((tuple(map(plain, row)) for row in rows), key=repr)
        return found


@pytest.mark.parametrize("seed", range(2))
async def test_every_value_of_every_table_is_there_as_it_was(path: Path, place: str, seed: int) -> None:
    fill(path, seed)
    ended = await move(path, place)
    assert ended == Mark("m", place, NOW, NOW)
    here, there = all_here(path), all_there(place)
    assert here.pop("moved") == [("m", "to", place, NOW, NOW)]
    assert there.pop("moved") == [("m", "from", str(path), NOW, NOW)]
    assert there == here
    assert here["workers"] == []


async def test_numbers_go_on_past_all_that_were_given_before(path: Path, place: str) -> None:
    """To rows that are gone, too: an engine takes a number that it has seen for one that it knows."""
    posted = {"id": "r", "at": 1.0, "kind": "event", "key": "k", "body": None}
    store = await Store.open(path)
    await store.write([Write("insert_message", posted) for _ in range(5)])
    await store.write([Write("delete_messages", {"id": "r"})])
    await store.close()
    await move(path, place)
    store = await Store.open(place)
    await store.write([Write("insert_message", posted)])
    assert [row["seq"] for row in await store.rows("messages", id="r")] == [6]
    await store.close()


async def test_the_audit_log_goes_on_in_one_chain(path: Path, place: str) -> None:
    """And an end that was cut off before the move is missed after it."""
    store = await Store.open(path)
    await store.write([entry(Principal(), "keys.create", f"k{n}", None, NOW) for n in range(3)])
    await store.close()
    await move(path, place)
    store = await Store.open(place)
    await store.write([entry(Principal(), "keys.revoke", "k1", None, NOW)])
    rows = await store.rows("whole_audit")
    [last] = await store.rows("last_audit")
    await store.close()
    assert [row["verb"] for row in rows] == [*["keys.create"] * 3, "house.move", "keys.revoke"]
    assert broken(rows, last["seq"]) is None
    assert broken(rows[:-1], last["seq"]) == (5, "is missing, with all after it")


async def test_an_end_of_the_log_that_was_cut_off_before_is_missed_at_the_other_place(path: Path, place: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE sqlite_sequence SET seq = 9 WHERE name = 'audit'")
        connection.execute("INSERT INTO sqlite_sequence SELECT 'audit', 9 WHERE changes() = 0")
    await move(path, place)
    store = await Store.open(place)
    [last] = await store.rows("last_audit")
    await store.close()
    assert last["seq"] == 9


async def test_what_the_dead_held_is_free_and_what_was_begun_counts(path: Path, place: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO workers (id, pid, tools, started_at) VALUES ('w', 1, '[]', 0)")
        connection.execute(
            "INSERT INTO work (id, kind, generation, needs, worker, epoch) VALUES ('r', 'run', 1, '[]', 'w', 3)"
        )
        connection.execute("INSERT INTO attempts VALUES ('r', 1, 's#1:1', 'w', 5.0, NULL, NULL)")
    await move(path, place)
    store = await Store.open(place)
    assert [row["id"] for row in await store.rows("due", now=NOW, most=9, after=-1.0, after_id="")] == ["r"]
    [claimed] = (await store.write([Write("claim", {"worker": "v", "id": "r", "most": None})]))[0]
    assert claimed["epoch"] == 4
    assert [row["key"] for row in await store.rows("open_attempts", id="r", generation=1)] == ["s#1:1"]
    await store.close()


# what keeps it from being moved: one line, and nothing has changed


def work(path: Path) -> None:
    """Whoever may write there can work there. Raises what SQLite says."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO workers (id, pid, tools, started_at) VALUES ('w', 1, '[]', 0)")
        connection.execute("DELETE FROM workers")


async def refused(path: Path, place: str, kind: type[Exception], why: str) -> None:
    before = all_here(path)
    before.pop("audit")
    with pytest.raises(kind, match=why) as refusal:
        await move(path, place)
    assert "\n" not in str(refusal.value)
    after = all_here(path)
    after.pop("audit")
    assert after == before
    work(path)


async def test_only_an_empty_database_is_moved_to(path: Path, place: str) -> None:
    store = await Store.open(place)
    await store.write([Write("insert_seal", {"name": "house", "secret": "s"})])
    await store.close()
    assert await moving.looked(path, place) == {"seals": 1}
    await refused(path, place, Conflict, r"is not empty: it has 1 in seals; name an empty database, nothing was moved")


async def test_a_server_whose_workers_wait_for_it_is_empty(path: Path, place: str) -> None:
    store = await Store.open(place)
    await store.write([Write("insert_worker", {"id": "w", "pid": 1, "tools": "[]", "started_at": 0.0})])
    await move(path, place)
    assert [row["id"] for row in await store.rows("workers")] == ["w"]
    await store.close()


async def test_another_programs_database_is_left_alone(path: Path, place: str) -> None:
    with psycopg.connect(place) as other:
        other.execute("CREATE TABLE mine (x INT)")
    await refused(path, place, StorageError, "it is another program's database")


async def test_a_server_that_is_not_there_is_told_in_a_line(path: Path, tmp_path: Path) -> None:
    await refused(path, f"postgresql:///a?host={tmp_path}", StorageError, "cannot be moved to: .*; nothing was moved")


async def test_while_somebody_works_nothing_is_moved(path: Path) -> None:
    with pytest.raises(Conflict, match=r"w1 works on .*agentflow\.db: end all workers and services there first"):
        await move(path, NOWHERE, lambda: ["w1"])
    with pytest.raises(Conflict, match=r"2 workers work on "):
        await move(path, NOWHERE, lambda: ["w1", "w2"])
    work(path)


BAD = {
    "what is no UTF-8": "INSERT INTO seals VALUES ('s', CAST(x'fffe' AS TEXT))",
    "no TEXT, but bytes": "INSERT INTO seals VALUES ('s', x'ff')",
}


@pytest.mark.parametrize("why", BAD)
async def test_what_the_server_cannot_store_is_named_before_and_keeps_all_where_it_is(
    path: Path, place: str, why: str
) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(BAD[why])
    load = moving.weighed(path)
    assert ([str(unfit) for unfit in load.unfit], load.more) == ([f"seals s: secret has {why}"], 0)
    await refused(path, place, Conflict, f"cannot store what is in seals s: secret has {why}; nothing was moved")


def test_of_many_such_values_some_are_named_and_all_counted(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for n in range(25):
            connection.execute("INSERT INTO seals VALUES (?, ?)", (f"s{n}", b"a"))
    load = moving.weighed(path)
    assert (load.rows, len(load.unfit), load.more) == ({"seals": 25, "tenants": 1}, 20, 5)


async def test_what_arrives_otherwise_than_it_was_sent_is_not_taken(path: Path, place: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO seals VALUES ('s', 'a')")
    with psycopg.connect(place) as other:
        await (await Store.open(place)).close()
        other.execute("CREATE FUNCTION b() RETURNS trigger LANGUAGE plpgsql AS"
                      " 'BEGIN NEW.secret = ''b''; RETURN NEW; END'")  # fmt: skip
        other.execute("CREATE TRIGGER b BEFORE INSERT ON seals FOR EACH ROW EXECUTE FUNCTION b()")
    await refused(path, place, StorageError, "1 rows of seals were sent and 1 arrived, or others than were sent")
    assert all_there(place)["seals"] == []


# the mark


async def test_who_has_the_file_open_writes_nothing_more_and_may_look(path: Path, place: str) -> None:
    store = await Store.open(path)
    await store.write([Write("insert_seal", {"name": "house", "secret": "s"})])
    await move(path, place)
    for opened in (store, await Store.open(path)):
        with pytest.raises(StorageError) as refusal:
            await opened.write([Write("insert_seal", {"name": "new", "secret": "s"}, Conflict("there is one"))])
        assert str(refusal.value) == (
            f"nothing can be written here: it was moved to {place}: name that with --db, or as `db` in agentflow.toml"
        )
        assert (await opened.rows("seal", name="house"))[0]["secret"] == "s"
        await opened.close()


async def test_a_move_that_is_done_is_not_done_again(path: Path, place: str, server: postgres.Server) -> None:
    await move(path, place)
    before = all_there(place)
    assert (await move(path, place)).done_at == NOW
    assert all_there(place) == before
    for going in (move(path, server.database()), moving.undone(path, server.database(), told())):
        with pytest.raises(Conflict, match=r"was moved to .*, and not to another place: name that with --to"):
            await going
    with pytest.raises(Conflict, match="and may be worked on there: it stays so"):
        await moving.undone(path, place, told())
    assert (await moving.undone(path, None, told())).done_at == NOW
    work(path)


def test_nothing_is_mended_in_a_file_that_moves(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO inbox (id, at, kind, key) VALUES ('nobody', 1, 'event', '')")
    with leaving(path) as source:
        source.begin(mark(NOWHERE), list, told().begun(mark(NOWHERE)))
    with pytest.raises(StorageError, match="nothing can be mended here: it is being moved to"):
        repair(path, lambda worker: False, NOW)


async def test_there_is_nothing_to_undo_where_nothing_was_begun(path: Path) -> None:
    with pytest.raises(Conflict, match="is not being moved: there is nothing to undo"):
        await moving.undone(path, NOWHERE, told())


def test_a_mark_that_is_another_ones_is_left_alone(path: Path) -> None:
    with leaving(path) as source:
        source.begin(mark(NOWHERE), list, told().begun(mark(NOWHERE)))
        with pytest.raises(Conflict, match="is being moved by another process"):
            source.begin(mark(NOWHERE, "n"), list, told().begun(mark(NOWHERE)))
        with pytest.raises(Conflict, match="is in other hands now"), source.held(mark(NOWHERE, "n")):
            raise AssertionError
        assert source.mark() == mark(NOWHERE)


# cut off


@pytest.fixture(scope="module")
def knife() -> Iterator[Cutter]:
    with cutter() as knife:
        yield knife


@pytest.mark.parametrize(
    ("word", "at", "then"),
    [
        ("Leaving.held", 0, "again"),
        ("Arriving.sum", 9, "again"),
        ("Arriving.commit", 0, "undo"),
        ("Leaving.end", 0, "again"),
        ("Leaving.end", 0, "undo"),
    ],
)
def test_wherever_it_is_killed_at_most_one_side_can_be_worked_on(
    tmp_path: Path, server: postgres.Server, knife: Cutter, word: str, at: int, then: str
) -> None:
    path, place = tmp_path / "agentflow.db", server.database()
    asyncio.run(opened_once(path))
    fill(path, 1)
    before = all_here(path)
    knife.kill(path, place, word, at)
    arrived = word == "Leaving.end"
    with pytest.raises(sqlite3.IntegrityError, match=r"it is being moved to .*`agentflow move` goes on"):
        work(path)
    assert there_is_a_run(place) is arrived
    if then == "again":
        asyncio.run(move(path, place))
        with pytest.raises(sqlite3.IntegrityError, match="it was moved to"):
            work(path)
        assert all_there(place)["runs"] == before["runs"]
    elif arrived:
        with pytest.raises(Conflict, match="it stays so"):
            asyncio.run(moving.undone(path, place, told()))
    else:
        asyncio.run(moving.undone(path, place, told()))
        work(path)
        assert all_here(path)["runs"] == before["runs"]
        assert not there_is_a_run(place)


async def opened_once(path: Path) -> None:
    await (await Store.open(path)).close()


def there_is_a_run(place: str) -> bool:
    with psycopg.connect(place) as connection:
        made = connection.execute("SELECT to_regclass('runs')").fetchone() != (None,)
        return made and connection.execute("SELECT 1 FROM runs").fetchone() is not None


@pytest.mark.parametrize("stored", [True, False])
async def test_a_commit_that_was_cut_off_leaves_the_mark_and_the_next_move_finds_out(
    path: Path, place: str, server: postgres.Server, tmp_path: Path, *, stored: bool
) -> None:
    fill(path, 2)
    before = all_here(path)["runs"]
    async with wire(server.folder, tmp_path) as between:
        between.says_it, between.cut_at = stored, b"COMMIT"
        far = place.replace(str(server.folder), str(tmp_path))
        with pytest.raises(StorageError, match="whether everything has arrived is not known: `agentflow move` looks"):
            await move(path, far)
        with pytest.raises(sqlite3.IntegrityError, match="it is being moved to"):
            work(path)
        assert there_is_a_run(place) is stored
        await move(path, far)
    assert all_there(place)["runs"] == before


def test_where_a_move_that_was_cut_off_cannot_look_the_mark_stays(
    tmp_path: Path, server: postgres.Server, knife: Cutter
) -> None:
    """It may have arrived: nobody knows until the server is back."""
    path, way = tmp_path / "agentflow.db", tmp_path / "way"
    place = server.database().replace(str(server.folder), str(way))
    asyncio.run(opened_once(path))
    way.symlink_to(server.folder)
    knife.kill(path, place, "Leaving.end")
    way.unlink()
    for going in (move(path, place), moving.undone(path, place, told())):
        with pytest.raises(StorageError, match="cannot be moved to"):
            asyncio.run(going)
        with pytest.raises(sqlite3.IntegrityError, match="it is being moved to"):
            work(path)
    way.symlink_to(server.folder)
    assert asyncio.run(move(path, place)).done_at == NOW


async def test_who_interrupts_it_has_the_file_as_it_was(
    path: Path, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def interrupted(there: arriving.Arriving) -> None:
        raise asyncio.CancelledError

    monkeypatch.setattr(arriving.Arriving, "clear", interrupted)
    with pytest.raises(asyncio.CancelledError):
        await move(path, place)
    work(path)
    rows = all_here(path)
    assert (rows["moved"], len(rows["audit"])) == ([], 2)


async def test_two_that_move_at_once_do_it_once(path: Path, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agentflow.store.leaving.PATIENCE", 0.1)
    take, second = arriving.Arriving.clear, []

    async def meanwhile(there: arriving.Arriving) -> None:
        await take(there)
        for going in (move(path, place), moving.undone(path, place, told())):
            with pytest.raises(StorageError, match="cannot be moved: database is locked"):
                await going
            second.append(1)

    monkeypatch.setattr(arriving.Arriving, "clear", meanwhile)
    assert (await move(path, place)).done_at == NOW
    assert second == [1, 1]
