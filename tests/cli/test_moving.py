"""`agentflow move` at a terminal: what it shows and asks, what is in the way, and what the file says afterwards."""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from agentflow.engine.presence import folder
from agentflow.records import Principal
from agentflow.store.audit import entry
from agentflow.store.leaving import Mark, leaving

from ..fakes import postgres
from .conftest import ASK, SLEEP, Done, Types
from .terminals import At

pytestmark = pytest.mark.xdist_group("postgres")

Has = Callable[[str], None]


@pytest.fixture
def place(database_server: postgres.Server) -> str:
    return database_server.database()


@pytest.fixture
def shop_with_runs(types: Types, has: Has, shop: Path, made: dict[str, bytes]) -> Path:
    """One that sleeps and one that asks; the file that they are in."""
    database = shop / "agentflow.db"
    if "runs" in made:
        database.write_bytes(made["runs"])
        return database
    for source, id in ((SLEEP, "sleeper"), (ASK, "asker")):
        has(source)
        assert types("run", "start", "ada", "--id", id).status == 0
    assert types("worker", "--until-idle").status == 0
    made["runs"] = database.read_bytes()
    return database


def told(done: Done, status: int, *said: str) -> None:
    assert done.status == status, done.err
    for words in said:
        assert words in done.err, done.err
    assert "Traceback" not in done.err


@contextmanager
def at_work(database: Path, worker: str) -> Iterator[None]:
    """A worker has its lock, and no row yet."""
    folder(database).mkdir(exist_ok=True)
    with (folder(database) / f"{worker}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def cut_off(database: Path, place: str) -> None:
    """A move ended when it had begun."""
    with leaving(database) as source:
        source.begin(Mark("m", place, 1.0), list, entry(Principal(), "house.move", place, None, 1.0))


def test_a_house_moves_whole_and_is_read_there_as_it_was(types: Types, shop_with_runs: Path, place: str) -> None:
    lists = [("run", "list"), ("approvals",), ("run", "history", "asker"), ("plan", "list", "ada"), ("agent", "list")]
    before = [types(*words, "--json").document for words in lists]
    looked = types("move", "--to", place, "--dry-run")
    told(looked, 0, "nothing was moved: this is what would be")
    for words in ("runs        2: 1 sleeping, 1 waiting", "sleep: a while", "answer: colour", "1 pending", "tools.py"):
        assert words in looked.out, looked.out
    told(types("move", "--to", place), 5, "nothing was moved: --yes moves it without a question")
    moved = types("move", "--to", place, "--yes", "--json")
    told(moved, 0, f"has moved to {place}: work there with --db")
    assert (moved.document["state"], moved.document["rows"]["runs"], moved.document["more_runs"]) == ("moved", 2, 0)
    assert [types("--db", place, *words, "--json").document for words in lists] == before
    assert types("--db", place, "audit", "verify").status == 0
    assert types("--db", place, "audit", "list", "--json").document[0]["verb"] == "house.move"
    told(types("run", "start", "ada"), 1, f"nothing can be written here: it was moved to {place}")
    told(types("worker", "--until-idle"), 1, f"nothing can be written here: it was moved to {place}")
    told(types("run", "list"), 0, f"agentflow.db was moved to {place}: what is here is as it was then")
    told(types("move"), 0, f"has moved to {place}")
    assert f"moved to      {place}" in types("doctor").out
    told(types("move", "--undo"), 4, "and may be worked on there: it stays so")


@pytest.mark.parametrize(("typed", "status"), [("y\n", 0), ("\n", 5)])
def test_it_asks_first(
    types: Types, shop_with_runs: Path, at_terminal: At, place: str, typed: str, status: int
) -> None:
    terminal = at_terminal("move", "--to", place)
    terminal.until("? [y/N]")
    assert "sleep: a while" in terminal.text
    terminal.type(typed)
    assert terminal.end() == status
    assert len(types("--db", place, "run", "list", "--json").document) == (2 if status == 0 else 0)
    assert types("run", "pause", "sleeper").status == (1 if status == 0 else 0)


def test_what_is_in_the_way_is_a_line_and_nothing_moves(types: Types, shop_with_runs: Path, place: str) -> None:
    with at_work(shop_with_runs, "worker_x"):
        told(types("move", "--to", place, "--yes"), 4, "worker_x works on ", "end all workers and services there first")
    assert types("--db", place, "key", "create", "anna", "--role", "admin").status == 0
    told(types("move", "--to", place, "--yes"), 4, "is not empty: it has 1 in audit, 1 in keys; name an empty database")
    with closing(sqlite3.connect(shop_with_runs)) as connection, connection:
        connection.execute("UPDATE runs SET reason = x'ff' WHERE id = 'sleeper'")
        connection.execute("UPDATE runs SET payload = CAST(x'ff' AS TEXT)")
    looked = types("move", "--to", place, "--dry-run", "--json")
    told(
        looked, 4, "cannot store what is in runs sleeper: reason has no TEXT, but bytes", "payload has what is no UTF-8"
    )
    assert (len(looked.document["unfit"]), looked.document["more_unfit"]) == (3, 0)
    with closing(sqlite3.connect(shop_with_runs)) as connection:
        assert connection.execute("SELECT * FROM moved").fetchall() == []


def test_a_move_that_was_cut_off_is_told_and_goes_on_or_is_undone(
    types: Types, shop_with_runs: Path, place: str
) -> None:
    cut_off(shop_with_runs, place)
    told(types("worker", "--until-idle"), 1, f"it is being moved to {place}: `agentflow move` goes on with that")
    told(types("move", "--dry-run"), 0, "this move was cut off: the same command without --dry-run goes on with it")
    told(types("doctor"), 1, f"it is being moved, or that was cut off: {place}; `agentflow move` goes on with it")
    told(types("move", "--undo"), 0, "is a database like any other again")
    assert types("run", "pause", "sleeper").status == 0
    cut_off(shop_with_runs, "postgresql:///no?host=/nowhere")
    told(types("move", "--undo"), 1, "cannot be moved to", "/nowhere")
    assert types("move", "--undo", "--gone", "--json").document["undone"] is True
    assert types("run", "resume", "sleeper").status == 0
    cut_off(shop_with_runs, place)
    told(types("move", "--yes"), 0, f"has moved to {place}")


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ((), 2, "where to? give --to postgresql://USER@HOST/NAME"),
        (("--to", "other.db"), 2, "--to other.db is no server"),
        (("--gone",), 2, "--gone goes with --undo"),
        (("--undo",), 4, "is not being moved: there is nothing to undo"),
        (("--db", "postgresql://x/y"), 2, "what moves is a file"),
        (("--db", "no.db"), 3, "there is no database no.db yet"),
        (("--tenant", "acme"), 4, "may not move a house: that is for admins of the tenant default"),
        (("--url", "http://x"), 2, "not over HTTP"),
    ],
)
def test_what_cannot_be_asked_is_one_line(
    types: Types, has: Has, words: tuple[str, ...], status: int, said: str
) -> None:
    has(SLEEP)
    done = types("move", *words)
    told(done, status, said)
    assert done.err.count("\n") == 1


def test_of_many_runs_some_are_named_and_of_none_none(
    types: Types, shop_with_runs: Path, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agentflow.app.moving.SHOWN", 1)
    looked = types("move", "--to", place, "--dry-run").out
    assert "and 1 more that go on" in looked
    assert ("sleeper" in looked, "asker" in looked) == (True, False)
    for run in ("sleeper", "asker"):
        types("run", "cancel", run)
    types("worker", "--until-idle")
    assert "WAITS FOR" not in types("move", "--to", place, "--dry-run").out
