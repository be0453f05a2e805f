"""What is wrong with a database, and the repairs that cannot do harm. Reads, but for `repair`; migrates nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from shutil import disk_usage
from typing import Any
from urllib.parse import quote

from ..errors import StorageError
from . import ANOTHER, VERSION
from .chain import broken
from .mounts import mount_of
from .sqlite import DURABLE, PATIENCE, advice
from .statements import statements

Alive = Callable[[str], bool]
"""Whether a worker's process lives, by the worker's id."""

_MOST = 20
"""Lines that SQLite's own check may give."""
LEAST = 32
"""Megabytes that the disk should have left: the log of what is written grows to some before it is taken in."""
_DURABILITY = ("OFF", "NORMAL", "FULL", "EXTRA")


@dataclass(frozen=True, slots=True)
class Ailment:
    """One thing that is wrong: which check found it, in a sentence, and of which ids."""

    check: str
    message: str
    ids: tuple[str, ...] = ()
    cure: str | None = None
    """What `repair` does about it; None where it does nothing."""
    advice: str | None = None
    """What a person can do about it then."""


@dataclass(frozen=True, slots=True)
class Report:
    """What is known of a database, and what is wrong with it."""

    facts: Mapping[str, Any] = field(default_factory=dict)
    ailments: tuple[Ailment, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """A query for what should not be there, and the statement that mends it, if there is one."""

    query: str
    message: str
    statement: str | None = None
    cure: str | None = None
    advice: str | None = None


_BACK = "go back to a backup"
_AUDIT = "compare it with an earlier export, or with a backup"
_LAST_RESORT = "delete it, or go back to a backup"
_MOVE = "`agentflow move` goes on with it, `agentflow move --undo` takes it back"
CHECKS = (
    Check("stray_work", "work for what is not there", "delete_stray_work", "deleted"),
    Check("stray_history", "history of runs that are not there", "delete_stray_history", "deleted"),
    Check("stray_commands", "commands of runs that are not there", "delete_stray_commands", "deleted"),
    Check("stray_approvals", "questions of runs that are not there", "delete_stray_approvals", "deleted"),
    Check("stray_decisions", "decisions on questions that are not there", "delete_stray_decisions", "deleted"),
    Check("stray_notices", "notices of what is not there", "delete_stray_notices", "deleted"),
    Check("stray_goal_attempts", "answers to goals that are not there", "delete_stray_goal_attempts", "deleted"),
    Check("stray_attempts", "attempts of what is not there", "delete_stray_attempts", "deleted"),
    Check("stray_messages", "messages to what is not there", "delete_stray_messages", "deleted"),
    Check("late_approvals", "questions of runs that have ended", "withdraw_late_approvals", "withdrawn"),
    Check("unheard", "asleep with messages that nobody has read", "wake_unheard", "woken up"),
    Check("stranded", "open, but no worker will ever look at it", advice=_LAST_RESORT),
    Check("codeless", "runs whose plan is not there", advice=_LAST_RESORT),
    Check("cut_off_moves", "it is being moved, or that was cut off", advice=_MOVE),
)
"""In the order in which they are mended: what one repair leaves behind, a later one takes away."""


def examine(path: Path, alive: Alive) -> Report:
    """Look at a database that is there."""
    try:
        with _opened(path) as connection:
            return Report(_facts(connection, path, alive), (*_crowded(path), *_ailments(connection, alive)))
    except sqlite3.Error as error:
        damaged = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_CORRUPT
        return Report(
            ailments=(Ailment("integrity", f"it cannot be read: {error}", advice=_BACK if damaged else advice(error)),)
        )


def repair(path: Path, alive: Alive, now: float) -> dict[str, int]:
    """Do all that is safe, in one transaction; how many rows each check's repair has changed, where it did."""
    try:
        with _opened(path) as connection, _transaction(connection, "BEGIN IMMEDIATE"):
            done = {"workers": _free_dead(connection, alive, now)}
            for check in CHECKS:
                if check.statement is not None:
                    done[check.query] = _run(connection, check.statement, now=now).rowcount
    except sqlite3.IntegrityError as error:  # the database refuses by itself: see `leaving.py`
        raise StorageError(f"nothing can be mended here: {error}") from None
    return {name: count for name, count in done.items() if count}


def _free_dead(connection: sqlite3.Connection, alive: Alive, now: float) -> int:
    dead = [worker for worker in _ids(connection, "holders") if not alive(worker)]
    for worker in dead:
        _run(connection, "take_over", worker=worker, now=now)
        _run(connection, "delete_worker", id=worker)
    return len(dead)


# what is wrong


def _crowded(path: Path) -> Iterator[Ailment]:
    """That soon nothing can be written any more."""
    left = disk_usage(path.parent).free // 1_048_576
    if left < LEAST:
        yield Ailment("disk", f"its disk has {left} MB left", advice="make room there, before nothing can be written")


def _ailments(connection: sqlite3.Connection, alive: Alive) -> Iterator[Ailment]:
    wrong = schema_fault(connection)
    if wrong:
        yield Ailment("schema", wrong)
        return
    with _transaction(connection, "BEGIN"):
        yield from _broken(connection)
        missing, stumbles = _missing(connection)
        if missing:
            yield Ailment("schema", "parts of the schema are missing", missing, advice=_BACK)
        if stumbles:
            return
        yield from _audited(connection)
        for check in CHECKS:
            if ids := _ids(connection, check.query):
                yield Ailment(check.query, check.message, ids, check.cure, check.advice)
        holders = _ids(connection, "holders")
    dead = [worker for worker in holders if not alive(worker)]
    if left := tuple(worker for worker in _ids(connection, "holders") if worker in dead):
        yield gone(left)


def schema_fault(connection: sqlite3.Connection) -> str | None:
    """Why this is no database that this agentflow can look into, or None."""
    [version] = connection.execute("PRAGMA user_version").fetchone()
    if version == 0:
        return f"it is empty, or another program's: agentflow has never opened it; {ANOTHER}"
    if version < VERSION:
        return f"it has schema {version}: the next command that opens it brings it to {VERSION}; look again then"
    if version > VERSION:
        return f"it was written by a newer agentflow (schema {version}, this one knows {VERSION}): upgrade agentflow"
    return None


def _broken(connection: sqlite3.Connection) -> Iterator[Ailment]:
    for [line] in connection.execute(f"PRAGMA integrity_check({_MOST})"):
        if line != "ok":
            yield Ailment("integrity", f"SQLite finds it damaged: {line}", advice=_BACK)


def _audited(connection: sqlite3.Connection) -> Iterator[Ailment]:
    """Where somebody has changed the audit log."""
    last = next((row[0] for row in _run(connection, "last_audit")), 0)
    rows = _run(connection, "whole_audit")
    rows.row_factory = sqlite3.Row
    if fault := broken(rows, last):
        number, why = fault
        yield tampered(number, why)


def tampered(number: int, why: str) -> Ailment:
    """That the audit log does not hold from a row on."""
    return Ailment("audit", f"the audit log was tampered with: row {number} {why}", advice=_AUDIT)


def gone(workers: Iterable[str]) -> Ailment:
    """That workers are dead and nobody has noticed."""
    return Ailment("workers", "workers that are gone and still hold work or a row", tuple(workers), "freed")


def _missing(connection: sqlite3.Connection) -> tuple[tuple[str, ...], bool]:
    """What this version's schema has and the database has not; and whether tables or columns are among it, over which
    whatever asks for them stumbles."""
    with closing(sqlite3.connect(":memory:")) as fresh:
        for number in range(1, VERSION + 1):
            fresh.executescript(statements("schema.sql")[str(number)])
        missing = _shape(fresh) - _shape(connection)
        return tuple(sorted(missing)), any("." in one or one in _tables(fresh) for one in missing)


def _shape(connection: sqlite3.Connection) -> set[str]:
    named = {name for [name] in connection.execute("SELECT name FROM sqlite_master")}
    return named | {
        f"{table}.{column[1]}"
        for table in _tables(connection)
        for column in connection.execute(f"PRAGMA table_info({table})")
    }


def _tables(connection: sqlite3.Connection) -> list[str]:
    return [name for [name] in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]


# what is known


def _facts(connection: sqlite3.Connection, path: Path, alive: Alive) -> dict[str, Any]:
    mount = mount_of(path)
    files = [path.with_name(path.name + suffix) for suffix in ("", "-wal")]
    connection.execute(DURABLE)
    return {
        "schema": connection.execute("PRAGMA user_version").fetchone()[0],
        "bytes": sum(file.stat().st_size for file in files if file.exists()),
        "file_system": f"{mount.kind} at {mount.point}" if mount else None,
        "sqlite": sqlite3.sqlite_version,
        "journal_mode": connection.execute("PRAGMA journal_mode").fetchone()[0],
        "synchronous": _DURABILITY[connection.execute("PRAGMA synchronous").fetchone()[0]],
        "workers": [id for id in _known(connection, "workers") if alive(id)],
        "moved_to": next(iter(_known(connection, "moved_to")), None),
    }


def _known(connection: sqlite3.Connection, query: str) -> tuple[str, ...]:
    """What a query finds first in each row, where the database is one that it can be asked of."""
    _, stumbles = _missing(connection)
    return () if stumbles or schema_fault(connection) else _ids(connection, query)


# SQLite


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(f"file:{quote(str(path))}?mode=rw", uri=True, isolation_level=None, timeout=PATIENCE)
    # what is no UTF-8 is to be found here, not stumbled over
    connection.text_factory = lambda raw: raw.decode(errors="surrogateescape")
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def _transaction(connection: sqlite3.Connection, begin: str) -> Iterator[None]:
    connection.execute(begin)
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _ids(connection: sqlite3.Connection, query: str) -> tuple[str, ...]:
    return tuple(row[0] for row in _run(connection, query))


def _run(connection: sqlite3.Connection, name: str, **params: Any) -> sqlite3.Cursor:
    return connection.execute(statements("queries.sql")[name], params)
