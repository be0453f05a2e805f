"""What a server does that a file does not: it goes away and comes back, and others hold it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import psycopg
import pytest

from agentflow.engine import Item
from agentflow.engine.writing import message
from agentflow.errors import Conflict, StorageError
from agentflow.store import Outcomes, Store, Write, line
from agentflow.store import postgres as room
from agentflow.store.line import Connection
from agentflow.store.postgres import PostgresStore
from agentflow.store.writer import TURN

from ..fakes import postgres
from ..fakes.waiting import until
from ..fakes.wire import Wire, wire
from .test_contract import names, run, worker

pytestmark = pytest.mark.xdist_group("postgres")


@pytest.fixture
def place(server: postgres.Server) -> str:
    return server.database()


@pytest.fixture
async def between(server: postgres.Server, tmp_path: Path) -> AsyncIterator[Wire]:
    """What lies between the server and whoever reaches it from afar."""
    async with wire(server.folder, tmp_path) as between:
        yield between


@pytest.fixture
async def afar(place: str, server: postgres.Server, tmp_path: Path, between: Wire) -> AsyncIterator[Store]:
    """A store at the other end of the wire."""
    store = await Store.open(place.replace(str(server.folder), str(tmp_path)))
    yield store
    await store.close()


def cut_all(place: str) -> None:
    """All connections of this database end at once."""
    with psycopg.connect(place) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


async def test_connections_that_were_ended_are_made_anew_unnoticed(store: Store, place: str) -> None:
    await store.write([worker("a")])
    cut_all(place)
    await store.write([worker("b")])
    assert await names(store) == ["a", "b"]


async def test_a_server_that_was_killed_is_used_again_when_it_is_back(store: Store, server: postgres.Server) -> None:
    await store.write([worker("a")])
    server.kill()
    with pytest.raises(StorageError, match=r"cannot be written: .*; nothing of this was stored") as refused:
        await store.write([worker("b")])
    assert "\n" not in str(refused.value)
    with pytest.raises(StorageError, match="cannot be read"):
        await store.rows("workers")
    server.start()
    await store.write([worker("c")])
    assert await names(store) == ["a", "c"]


async def test_others_are_heard_again_and_what_they_did_meanwhile_is_a_change(
    store: Store, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "AGAIN", 0.01)
    before = store.elsewhere()
    cut_all(place)
    await until(lambda: store.elsewhere() != before)
    other, heard = await Store.open(place), store.elsewhere()
    await other.write([worker("a")])
    await other.close()
    await until(lambda: store.elsewhere() != heard)


async def test_only_where_something_was_said_does_anybody_look_for_it(store: Store, place: str) -> None:
    """Each step of a run is a commit, and each worker would read for each of those of all others."""
    stirred, before = list[int](), store.elsewhere()
    store.stirred = lambda: stirred.append(store.elsewhere() - before)
    other, outcome = await Store.open(place), message("a", Item("outcome", "k:1", None, 0.0))
    for write in (worker("a"), outcome, message("a", Item("event", "", None, 0.0)), worker("b")):
        await other.write([write])
    await other.close()
    await until(lambda: store.elsewhere() == before + 4)
    assert stirred == [3]


async def test_whether_another_lives_is_known_however_its_connections_end(store: Store, place: str) -> None:
    assert isinstance(store, PostgresStore)
    other = await Store.open(place)
    assert isinstance(other, PostgresStore)
    assert await store.lives(other.name)
    cut_all(place)
    await until(lambda: store.lives(other.name))  # it has called again
    await other.close()

    async def gone() -> bool:
        return not await store.lives(other.name)

    await until(gone)


@pytest.mark.parametrize("stored", [True, False])
async def test_where_a_commit_was_cut_off_nobody_says_that_it_was_not_stored(
    between: Wire, afar: Store, *, stored: bool
) -> None:
    between.says_it, between.cut_at = stored, b"COMMIT"
    with pytest.raises(StorageError, match=r"in a commit: .*; whether this was stored is not known"):
        await afar.write([worker("a")])
    assert await names(afar) == (["a"] if stored else [])


async def test_what_was_cut_off_before_its_commit_is_stored_once(between: Wire, afar: Store) -> None:
    between.cut_at = b"INSERT INTO workers"
    await afar.write([worker("a")])
    assert await names(afar) == ["a"]


async def test_a_turn_waits_for_the_network_as_often_whatever_is_written_in_it(between: Wire, afar: Store) -> None:
    """Whoever has the turn keeps all others waiting: with a question for each write, a millisecond's way would be the
    bound of them all."""
    asked = []
    for name, count in (("few", 1), ("many", 40)):
        before = between.asked
        await afar.write([worker(f"{name} {number}") for number in range(count)])
        asked.append(between.asked - before)
    assert asked == [2, 2]  # the turn and what is written, commit
    assert len(await names(afar)) == 41


async def test_one_that_is_refused_alone_is_not_tried_again(between: Wire, afar: Store) -> None:
    before = between.asked
    with pytest.raises(Conflict, match="nobody is not there"):
        await afar.write([worker("a"), Write("delete_worker", {"id": "x"}, Conflict("nobody is not there"))])
    assert between.asked - before == 2  # the turn and what is written, and that it is taken back
    assert await names(afar) == []


async def test_what_is_asked_at_the_same_moment_goes_as_one(between: Wire, afar: Store) -> None:
    await afar.write([worker("a")])
    assert await afar.rows("agent", id="x") == []  # the line is there
    before = between.asked
    workers, *agents = await asyncio.gather(
        afar.rows("workers"), *(afar.rows("agent", id=str(n % 3)) for n in range(40))
    )
    assert between.asked - before == 1
    assert ([row["id"] for row in workers], agents) == (["a"], [[]] * 40)


async def test_a_question_that_is_none_keeps_no_other_from_its_answer(store: Store) -> None:
    await store.write([worker("a")])
    asked = (store.rows("workers"), store.rows("agent", id="\udcff"), store.rows("messages", id="x"))
    workers, none, messages = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(workers, list)
    assert ([row["id"] for row in workers], type(none), messages) == (["a"], StorageError, [])


async def test_a_question_that_is_none_of_a_reader_that_went_away_harms_nobody(store: Store) -> None:
    gone = asyncio.create_task(store.rows("agent", id="\udcff"))
    await asyncio.sleep(0)
    gone.cancel()
    assert await names(store) == []


async def test_who_has_asked_is_answered_before_it_is_closed(place: str) -> None:
    store = await Store.open(place)
    asking = asyncio.create_task(store.rows("workers"))
    await asyncio.sleep(0)
    await store.close()
    assert await asking == []


async def test_a_long_question_holds_up_no_quick_one(store: Store, place: str) -> None:
    with psycopg.connect(place) as other:
        other.execute("LOCK TABLE audit")
        long = asyncio.create_task(store.rows("whole_audit"))
        await until(lambda: _waits(place))
        assert await names(store) == []
        assert not long.done()
    assert await long == []


def _waits(place: str) -> bool:
    """Whether somebody waits for a lock."""
    with psycopg.connect(place, autocommit=True) as other:
        return other.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone() is not None


async def impatient(place: str, monkeypatch: pytest.MonkeyPatch) -> PostgresStore:
    """A store that waits for others, and is waited for, a moment only: whenever it writes from now on."""
    store = await Store.open(place)
    assert isinstance(store, PostgresStore)
    monkeypatch.setattr(line, "PATIENCE", 0.3)
    await store._writer.close()
    return store


async def test_one_that_has_stopped_in_its_turn_holds_nobody_up_for_good(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await impatient(place, monkeypatch)
    with psycopg.connect(place) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [TURN])
        with pytest.raises(StorageError, match="lock timeout; nothing of this was stored"):
            await store.write([worker("a")])
    await store.write([worker("b")])
    assert await names(store) == ["b"]
    await store.close()


async def test_its_turn_is_lost_by_one_that_stops_in_it(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its whole program may hang, or its machine be off; when it goes on, it begins its transaction again."""
    store = await impatient(place, monkeypatch)
    apply, slept = store._writer._together, asyncio.Event()

    async def stops(writer: Connection, batches: Sequence[Sequence[Write]]) -> Outcomes:
        found = await apply(writer, batches)
        if not slept.is_set():
            slept.set()
            await until(lambda: _idle_ended(place))
        return found

    monkeypatch.setattr(store._writer, "_together", stops)
    await store.write([worker("a")])
    assert await names(store) == ["a"]
    await store.close()


def _idle_ended(place: str) -> bool:
    """Whether nobody holds a turn."""
    with psycopg.connect(place, autocommit=True) as other:
        turns = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ExclusiveLock'"
        return other.execute(turns).fetchone() is None


async def test_a_server_that_reads_from_the_past_by_itself_does_not_here(place: str) -> None:
    """Else a statement would see what was there before its turn, and two would take the same."""
    with psycopg.connect(place, autocommit=True) as other:
        name = other.info.dbname
        other.execute(f"ALTER DATABASE \"{name}\" SET default_transaction_isolation = 'repeatable read'")
    stores = [await Store.open(place) for _ in range(2)]
    claims = [Write("claim", {"worker": str(n), "id": "w", "most": None}) for n in range(2)]
    work = {"id": "w", "kind": "run", "needs": "[]", "lane": None, "epoch": 0, "wake_at": 0.0}
    await stores[0].write([Write("insert_work", work)])
    taken = await asyncio.gather(*(store.write([claim]) for store, claim in zip(stores, claims, strict=True)))
    assert sorted(len(rows) for [rows] in taken) == [0, 1]
    for store in stores:
        await store.close()


async def test_a_reader_that_goes_away_leaves_the_connection_to_others(store: Store) -> None:
    await store.write([worker("a")])
    for pause in range(6):
        reading = asyncio.create_task(store.rows("workers"))
        for _ in range(pause):
            await asyncio.sleep(0)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        assert await names(store) == ["a"]


async def test_json_with_a_zero_byte_is_looked_into(store: Store) -> None:
    """A plan may give one, and JSON may write it: what stands beside it is found all the same."""
    none = '"\\\\u0000 \\u0000\\u0000 \\\\\\u0000"'
    spec = {"run": "r", "generation": 1, "turn": 1, "i": 0, "kind": "do", "name": "s", "occurrence": 1, "line": 1}
    await store.write(
        [run("r"), Write("insert_command", {**spec, "facts": "{}", "spec": f'{{"x": {none}, "sensitive": true}}'})]
    )
    assert await store.row("any_sensitive", run="r", generation=1) is not None


@pytest.mark.parametrize("sign", ["?", "?sslmode=disable&"])
async def test_a_password_behind_the_question_mark_is_not_shown_either(sign: str, tmp_path: Path) -> None:
    with pytest.raises(StorageError) as refused:
        await Store.open(f"postgresql:///mine{sign}password=geheim&host={tmp_path}")
    assert "geheim" not in str(refused.value)


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
async def test_a_database_that_has_not_every_letter_is_not_opened(server: postgres.Server, encoding: str) -> None:
    place = server.database(encoding=encoding)
    with pytest.raises(StorageError, match=rf"its encoding is {encoding}, .* `createdb -E UTF8"):
        await Store.open(place)
    with psycopg.connect(place) as other:
        assert other.execute("SELECT 1 FROM pg_tables WHERE schemaname = 'public'").fetchall() == []


async def test_letters_are_those_of_the_house_whatever_the_environment_says(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    store = await Store.open(place)
    await store.write([worker("\u4f60")])
    assert await names(store) == ["\u4f60"]
    await store.close()


@pytest.mark.parametrize("password", ["geh%eim", "geh eim", "geh@eim", "geh/eim"])
async def test_a_password_that_breaks_its_address_is_not_quoted(password: str) -> None:
    with pytest.raises(StorageError) as refused:
        await Store.open(f"postgresql://me:{password}@127.0.0.1:1/mine")
    assert "geh" not in str(refused.value)
    assert "eim" not in str(refused.value)
    assert "%40" in str(refused.value)
