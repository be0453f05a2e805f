"""What the doctor finds, what it mends, and that it finds nothing where all is well."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from agentflow.engine.presence import alive
from agentflow.store import VERSION, Store, health
from agentflow.store.health import examine, repair

from ..fakes import office
from ..fakes.waiting import until

NOW = 1_800_000_000.0


def nobody(worker: str) -> bool:
    return False


def everybody(worker: str) -> bool:
    return True


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """A database with a run that waits, `r`, its agent `a` and its plan; a goal `g` that is planned, a schedule `s`."""
    path = tmp_path / "agentflow.db"
    await (await Store.open(path)).close()
    sql(
        path,
        "INSERT INTO agents (id, tenant, name, model, instructions, tools, review, repairs, created_at)"
        " VALUES ('a', 't', 'ada', 'm', '', '[]', 'never', 1, 0)",
        "INSERT INTO plans (agent, number, sha256, source, code, entry, author, tools, api, python, findings, reviewed,"
        " created_at) VALUES ('a', 1, '', '', x'', 'P', 'eve', '[]', 1, '3.11', '[]', 1, 0)",
        run("r", "waiting"),
        "INSERT INTO goals (id, tenant, agent, text, payload, status, plan_only, created_by, created_at, updated_at)"
        " VALUES ('g', 't', 'a', '', '{}', 'planning', 0, 'eve', 0, 0)",
        "INSERT INTO schedules (id, tenant, agent, name, cron, zone, missed, payload, paused, created_by, created_at)"
        " VALUES ('s', 't', 'a', 'n', '* * * * *', 'UTC', 'skip', '{}', 0, 'eve', 0)",
        *(work(id, kind) for id, kind in (("r", "run"), ("g", "goal"), ("s", "schedule"))),
    )
    return path


def run(id: str, status: str, version: int = 1) -> str:
    return (
        "INSERT INTO runs (id, tenant, agent, version, generation, status, payload, created_by, created_at, updated_at)"
        f" VALUES ('{id}', 't', 'a', {version}, 1, '{status}', '{{}}', 'eve', 0, 0)"
    )


def work(id: str, kind: str, worker: str = "NULL", wake_at: str = "NULL") -> str:
    return (
        "INSERT INTO work (id, kind, generation, needs, worker, epoch, wake_at)"
        f" VALUES ('{id}', '{kind}', 1, '[]', {worker}, 0, {wake_at})"
    )


def message(id: str, kind: str = "event") -> str:
    return f"INSERT INTO inbox (id, at, kind, key) VALUES ('{id}', 0, '{kind}', '')"


def approval(id: str, of: str, generation: int = 1) -> str:
    return (
        "INSERT INTO approvals (id, tenant, agent, version, run, generation, step, kind, question, calls, digest, risk,"
        f" status, created_at) VALUES ('{id}', 't', 'a', 1, '{of}', {generation}, 'x#1', 'ask', '?', '[]', '', 'low',"
        " 'pending', 0)"
    )


def sql(path: Path, *statements: str) -> list[tuple[object, ...]]:
    """Runs statements past everything; the rows of the last one."""
    with closing(sqlite3.connect(path)) as connection, connection:
        return [connection.execute(statement).fetchall() for statement in statements][-1]


def found(path: Path, alive: Callable[[str], bool] = everybody) -> list[tuple[str, tuple[str, ...]]]:
    return [(ailment.check, ailment.ids) for ailment in examine(path, alive).ailments]


def test_a_database_that_is_well_has_no_ailment_and_is_not_changed(path: Path) -> None:
    before = path.read_bytes()
    assert examine(path, nobody).ailments == ()
    assert path.read_bytes() == before


STRAYS = [
    ("stray_work", "lost", [work("lost", "run")]),
    ("stray_work", "lost", [work("lost", "goal")]),
    ("stray_work", "lost", [work("lost", "schedule")]),
    (
        "stray_history",
        "lost",
        ["INSERT INTO history (run, generation, n, at, kind, key) VALUES ('lost', 1, 0, 0, '', '')"],
    ),
    (
        "stray_commands",
        "lost",
        [
            "INSERT INTO commands (run, generation, turn, i, kind, name, occurrence, spec, facts)"
            " VALUES ('lost', 1, 1, 0, 'do', 'x', 1, '{}', '{}')"
        ],
    ),
    ("stray_approvals", "q", [approval("q", "lost")]),
    (
        "stray_goal_attempts",
        "lost",
        [
            "INSERT INTO goal_attempts (goal, number, model, prompt, usage, started_at)"
            " VALUES ('lost', 1, '', '', '{}', 0)"
        ],
    ),
    (
        "stray_attempts",
        "lost",
        ["INSERT INTO attempts (id, generation, key, worker, started_at) VALUES ('lost', 1, 'x#1:1', 'w', 0)"],
    ),
    ("stray_messages", "lost", [message("lost")]),
    ("late_approvals", "q", [run("done", "failed"), work("done", "run"), approval("q", "done")]),
    ("late_approvals", "q", [approval("q", "r", generation=0)]),
    ("unheard", "r", [message("r")]),
    ("unheard", "g", [message("g", "cancel")]),
    ("unheard", "s", [message("s", "changed")]),
]


@pytest.mark.parametrize(("check", "id", "ill"), STRAYS, ids=[f"{check} {id}" for check, id, _ in STRAYS])
def test_what_is_found_is_named_and_mended(path: Path, check: str, id: str, ill: list[str]) -> None:
    sql(path, *ill)
    assert found(path) == [(check, (id,))]
    assert repair(path, everybody, NOW) == {check: 1}
    assert found(path) == []


def test_repairing_what_is_well_changes_nothing(path: Path) -> None:
    assert repair(path, everybody, NOW) == {}


def test_what_is_awake_or_in_hand_or_paused_or_has_ended_may_have_unread_messages(path: Path) -> None:
    sql(
        path,
        *(run(id, status) for id, status in (("w", "waiting"), ("h", "running"), ("p", "paused"), ("e", "completed"))),
        work("w", "run", wake_at="5"),
        work("h", "run", worker="'w1'"),
        *(work(id, "run") for id in "pe"),
        *(message(id) for id in "whpe"),
    )
    assert found(path) == []


def test_one_that_is_woken_up_is_due_at_once(path: Path) -> None:
    sql(path, message("r"))
    repair(path, everybody, NOW)
    assert sql(path, "SELECT wake_at FROM work WHERE id = 'r'") == [(NOW,)]


def test_what_dead_workers_hold_is_freed_and_what_living_ones_hold_is_not(path: Path) -> None:
    sql(
        path,
        "UPDATE work SET worker = 'dead' WHERE id = 'r'",
        "UPDATE work SET worker = 'living' WHERE id = 'g'",
        "INSERT INTO workers (id, pid, tools, started_at) VALUES ('dead', 1, '[]', 0), ('living', 2, '[]', 0)",
    )
    assert found(path, "living".__eq__) == [("workers", ("dead",))]
    assert examine(path, "living".__eq__).facts["workers"] == ["living"]
    assert repair(path, "living".__eq__, NOW) == {"workers": 1}
    assert sql(path, "SELECT id, worker, wake_at FROM work ORDER BY id") == [
        ("g", "living", None),
        ("r", None, NOW),
        ("s", None, None),
    ]
    assert sql(path, "SELECT id FROM workers") == [("living",)]
    assert found(path, "living".__eq__) == []


def test_a_worker_that_ended_while_it_was_looked_at_is_no_ailment(path: Path) -> None:
    sql(path, "INSERT INTO workers (id, pid, tools, started_at) VALUES ('w', 1, '[]', 0)")

    def ends(worker: str) -> bool:
        sql(path, "DELETE FROM workers")
        return False

    assert found(path, ends) == []


@pytest.mark.parametrize("id", ["r", "g", "s"])
def test_what_is_open_without_work_is_said_and_left_to_a_person(path: Path, id: str) -> None:
    sql(path, f"DELETE FROM work WHERE id = '{id}'")
    [ailment] = examine(path, everybody).ailments
    assert (ailment.check, ailment.ids, ailment.cure) == ("stranded", (id,), None)
    assert repair(path, everybody, NOW) == {}


def test_a_run_without_its_plan_is_said(path: Path) -> None:
    sql(path, "DELETE FROM plans")
    assert found(path) == [("codeless", ("r",))]


# the file itself


@pytest.mark.parametrize(
    ("version", "why"), [(0, "another program's"), (1, f"brings it to {VERSION}"), (999, "newer agentflow")]
)
def test_another_schema_is_said_and_not_looked_into(path: Path, version: int, why: str) -> None:
    sql(path, message("lost"), f"PRAGMA user_version = {version}")
    report = examine(path, everybody)
    assert report.facts["workers"] == []
    [ailment] = report.ailments
    assert ailment.check == "schema"
    assert why in ailment.message


def test_parts_of_the_schema_that_are_missing_are_named(path: Path) -> None:
    sql(path, "DROP INDEX work_due", "ALTER TABLE runs DROP COLUMN progress")
    assert found(path) == [("schema", ("runs.progress", "work_due"))]


@pytest.mark.parametrize("table", ["audit", "goal_attempts", "runs", "workers"])
def test_a_table_that_is_missing_is_named_and_not_stumbled_over(path: Path, table: str) -> None:
    sql(path, f"DROP TABLE {table}")
    report = examine(path, everybody)
    [ailment] = report.ailments
    assert (ailment.check, table in ailment.ids, ailment.advice) == ("schema", True, "go back to a backup")
    assert report.facts["workers"] == []


def test_an_audit_row_that_is_no_text_any_more_is_said(path: Path) -> None:
    row = "9.0, 'default', CAST(x'ff' AS TEXT), NULL, 'cli', 'keys.create', 'k', '{}', '', 'd'"
    sql(
        path,
        f"INSERT INTO audit (at, tenant, who, key, channel, verb, thing, details, previous, digest) VALUES ({row})",
    )
    [ailment] = examine(path, everybody).ailments
    assert (ailment.check, ailment.message) == ("audit", "the audit log was tampered with: row 1 was changed")


def test_a_damaged_file_is_said(path: Path) -> None:
    sql(path, "PRAGMA wal_checkpoint(TRUNCATE)")
    size = path.stat().st_size
    with path.open("r+b") as file:
        for page in range(4096, size, 4096):
            file.seek(page)
            file.write(b"\xff" * 64)
    ailments = examine(path, everybody).ailments
    assert {(ailment.check, ailment.advice) for ailment in ailments} == {("integrity", "go back to a backup")}


def test_a_file_that_is_no_database_is_said(tmp_path: Path) -> None:
    path = tmp_path / "letter.db"
    path.write_text("this is a letter, not a database" * 50)
    [ailment] = examine(path, everybody).ailments
    assert (ailment.check, ailment.message) == ("integrity", "it cannot be read: file is not a database")
    assert ailment.advice == "name another database with --db, or with db= in Python"


async def test_a_file_that_was_cut_short_is_said(path: Path) -> None:
    sql(path, "PRAGMA wal_checkpoint(TRUNCATE)")
    with path.open("r+b") as file:
        file.truncate(20_000)
    assert [ailment.advice for ailment in examine(path, everybody).ailments] == ["go back to a backup"]


def test_an_index_that_lost_a_row_is_said(path: Path) -> None:
    """The integrity check is SQLite's whole one: the quick one does not compare indexes with their tables."""
    sql(
        path,
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_master SET sql = 'CREATE INDEX work_due ON work (epoch)' WHERE name = 'work_due'",
    )
    assert "integrity" in [check for check, _ in found(path)]


def test_a_disk_that_is_all_but_full_is_said(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It can be read still: whoever looks for why nothing goes on is to find out here."""
    monkeypatch.setattr(health, "LEAST", 2**60)
    [ailment] = examine(path, everybody).ailments
    assert ailment.check == "disk"
    assert re.fullmatch(r"its disk has \d+ MB left", ailment.message)


def test_the_facts_of_a_database(path: Path) -> None:
    facts = examine(path, everybody).facts
    assert (facts["schema"], facts["journal_mode"], facts["synchronous"]) == (VERSION, "wal", "FULL")
    assert facts["sqlite"] == sqlite3.sqlite_version
    assert facts["bytes"] >= path.stat().st_size
    assert facts["file_system"] is None or " at /" in facts["file_system"]


async def test_a_database_in_full_use_is_well(tmp_path: Path) -> None:
    """Whatever moment it is looked at: nothing that workers write leaves an ailment in between."""
    path = tmp_path / "agentflow.db"
    async with office.house(tmp_path, db=str(path)) as flow:
        clerk = await flow.agents.create("clerk", model=office.MODEL, tools=["*"], review="never")
        await clerk.register(office.READS)
        runs = [await clerk.start({"id": "17"}) for _ in range(20)]
        reports = []

        async def done() -> bool:
            reports.append(await asyncio.to_thread(examine, path, lambda worker: alive(path, worker)))
            return all([(await run.refresh()).status == "completed" for run in runs])

        await until(done)
        await asyncio.gather(*(run.delete() for run in runs))
        reports.append(await asyncio.to_thread(examine, path, lambda worker: alive(path, worker)))
    assert [report.ailments for report in reports] == [()] * len(reports)
    assert len(reports[0].facts["workers"]) == 1
