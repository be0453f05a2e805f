"""The audit log: rows that stay as they are, each over the one before, whoever writes them."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from agentflow.errors import Conflict, StorageError
from agentflow.records import Principal
from agentflow.store import Store, Write
from agentflow.store.audit import act, entry
from agentflow.store.chain import broken, chained, told

ANNA = Principal("anna", "acme", frozenset({"admin"}), "key_1", "http")


async def written(store: Store, count: int, first: int = 0) -> None:
    for n in range(first, first + count):
        await store.write([entry(ANNA, "keys.create", f"key {n}", {"n": n, "ä": None}, float(n))])


async def fault(path: Path) -> tuple[int, str] | None:
    store = await Store.open(path)
    try:
        [last] = [*await store.rows("last_audit"), {"seq": 0}][:1]
        return broken(await store.rows("whole_audit"), last["seq"])
    finally:
        await store.close()


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """A database with five acts."""
    path = tmp_path / "a.db"
    store = await Store.open(path)
    await written(store, 5)
    await store.close()
    return path


async def test_a_row_tells_who_did_what_by_which_key_and_way(path: Path) -> None:
    store = await Store.open(path)
    acts = [act(row) for row in await store.rows("whole_audit")]
    await store.close()
    assert [one.n for one in acts] == [1, 2, 3, 4, 5]
    last = acts[-1]
    assert (last.at, last.tenant, last.who, last.key, last.channel) == (4.0, "acme", "anna", "key_1", "http")
    assert (last.verb, last.thing, last.details) == ("keys.create", "key 4", {"n": 4, "ä": None})
    assert (acts[0].previous, last.previous) == ("", acts[-2].digest)
    assert await fault(path) is None


async def test_an_act_that_is_refused_leaves_no_row(path: Path) -> None:
    store = await Store.open(path)
    refused = Write("archive_agent", {"id": "nobody", "now": 1.0}, Conflict("no"))
    with pytest.raises(Conflict):
        await store.write([entry(ANNA, "agents.archive", "nobody", {}, 9.0), refused])
    assert len(await store.rows("whole_audit")) == 5
    await store.close()


async def test_two_stores_that_write_at_once_make_one_chain(path: Path) -> None:
    stores = [await Store.open(path) for _ in range(3)]
    await asyncio.gather(*(written(store, 20, 100 * number) for number, store in enumerate(stores)))
    assert len(await stores[0].rows("whole_audit")) == 65
    for store in stores:
        await store.close()
    assert await fault(path) is None


@pytest.mark.parametrize("statement", ["UPDATE audit SET who = 'bert' WHERE n = 2", "DELETE FROM audit WHERE n = 2"])
def test_the_database_itself_refuses_to_change_a_row(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, pytest.raises(sqlite3.IntegrityError, match="audit rows stay"):
        connection.execute(statement)


def forged(connection: sqlite3.Connection) -> None:
    """Changes a row and works out its digest anew, as somebody would who knows how."""
    connection.execute("UPDATE audit SET who = 'bert', digest = 'made up' WHERE n = 3")


def forged_well(connection: sqlite3.Connection) -> None:
    """Writes a row anew as if it had always been so, and lets the next one continue it."""
    connection.row_factory = sqlite3.Row
    row = dict(connection.execute("SELECT * FROM audit WHERE n = 2").fetchone())
    digest = chained(row["previous"], 2, told({**row, "who": "bert"}))
    connection.execute("UPDATE audit SET who = 'bert', digest = ? WHERE n = 2", (digest,))
    connection.execute("UPDATE audit SET previous = ? WHERE n = 3", (digest,))


ATTACKS: list[tuple[Callable[[sqlite3.Connection], object], tuple[int, str]]] = [
    (lambda c: c.execute("UPDATE audit SET who = 'bert' WHERE n = 3"), (3, "was changed")),
    (lambda c: c.execute("UPDATE audit SET at = at + 1 WHERE n = 1"), (1, "was changed")),
    (lambda c: c.execute("UPDATE audit SET details = '{}' WHERE n = 5"), (5, "was changed")),
    (lambda c: c.execute("DELETE FROM audit WHERE n = 2"), (2, "is missing")),
    (lambda c: c.execute("DELETE FROM audit WHERE n = 1"), (1, "is missing")),
    (lambda c: c.execute("DELETE FROM audit WHERE n > 3"), (4, "is missing, with all after it")),
    (lambda c: c.execute("DELETE FROM audit"), (1, "is missing, with all after it")),
    (lambda c: c.execute("UPDATE audit SET previous = 'x' WHERE n = 4"), (4, "does not continue the row before it")),
    (lambda c: c.execute("UPDATE audit SET who = x'ff' WHERE n = 3"), (3, "was changed")),
    (lambda c: c.execute("UPDATE audit SET at = 9e999 WHERE n = 3"), (3, "was changed")),
    (forged, (3, "was changed")),
    (forged_well, (3, "was changed")),
]


@pytest.mark.parametrize(("attack", "found"), ATTACKS)
async def test_the_first_row_at_which_the_chain_breaks_is_found(
    path: Path, attack: Callable[[sqlite3.Connection], object], found: tuple[int, str]
) -> None:
    with closing(sqlite3.connect(path)) as connection:
        for trigger in ("audit_is_not_changed", "audit_is_not_shortened"):
            connection.execute(f"DROP TRIGGER {trigger}")
        attack(connection)
        connection.commit()
    assert await fault(path) == found


@pytest.mark.parametrize("details", ["'{'", "x'ff'"])
async def test_a_row_that_somebody_has_written_into_is_no_act(path: Path, details: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TRIGGER audit_is_not_changed")
        connection.execute(f"UPDATE audit SET details = {details} WHERE n = 3")
        connection.commit()
    store = await Store.open(path)
    rows = await store.rows("whole_audit")
    await store.close()
    with pytest.raises(StorageError, match="row 3 of the audit log was changed: `agentflow doctor`"):
        list(map(act, rows))
