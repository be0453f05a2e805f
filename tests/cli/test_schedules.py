"""agentflow schedule: runs that start by themselves."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from .conftest import LOAD, Types, plan

Has = Callable[[str], None]

SEES = plan("return event.schedule")


@pytest.fixture
def ada(has: Has) -> None:
    """The agent ada with a plan that returns what it sees of its schedule."""
    has(SEES)


def due_in(shop: Path, seconds: float) -> None:
    """The moment of the only schedule comes so soon, however long the commands before it took."""
    with closing(sqlite3.connect(shop / "agentflow.db")) as connection, connection:
        connection.execute("UPDATE schedules SET at = ?1, next_at = ?1", (time.time() + seconds,))
        connection.execute("UPDATE work SET wake_at = ?", (time.time(),))


def test_a_schedule_is_made_and_shown(types: Types, ada: None) -> None:
    made = types(
        "schedule",
        "create",
        "ada",
        "nightly",
        "--cron",
        "0 9 * * MON",
        "--zone",
        "Europe/Berlin",
        "--payload",
        '{"n": 1}',
    )
    assert made.status == 0
    assert "no worker is running" in made.err
    for out in (made.out, types("schedule", "show", "ada", "nightly").out):
        facts = [line.split(None, 1) for line in out.splitlines()]
        assert facts[:3] == [["schedule", "nightly"], ["plan", "ada"], ["when", "0 9 * * MON Europe/Berlin"]]
        assert ["payload", '{"n": 1}'] in facts
        times = [
            out.split("next")[1].split()[1],
            *(line.split()[-1] for line in out.split("and then")[1].splitlines()[:2]),
        ]
        assert {time[:10] for time in times} == {"09:00:00+0"}  # all by the clocks of Berlin


def test_a_schedule_is_one_document(types: Types, ada: None) -> None:
    made = types("schedule", "create", "ada", "once", "--at", "2999-01-01T09:00", "--version", "1", "--json").document
    assert (made["agent"], made["name"], made["version"], made["cron"]) == ("ada", "once", 1, None)
    assert made["upcoming"] == ["2999-01-01T09:00:00+00:00"]
    assert types("schedule", "show", "ada", "once", "--json").document == made
    [listed] = types("schedule", "list", "--agent", "ada", "--json").document
    assert {**listed, "upcoming": made["upcoming"]} == made


def test_schedules_are_listed(types: Types, ada: None) -> None:
    nothing = types("schedule", "list")
    assert (nothing.status, nothing.out) == (0, "")
    assert "no such schedules: agentflow schedule create" in nothing.err
    assert types("schedule", "list", "--json").document == []
    types("schedule", "create", "ada", "nightly", "--cron", "0 9 * * *")
    types("schedule", "create", "ada", "once", "--at", "2999-01-01T09:00")
    types("schedule", "pause", "ada", "nightly")
    head, first, second = types("schedule", "list").out.splitlines()
    assert head.split() == ["AGENT", "SCHEDULE", "WHEN", "NEXT", "LAST", "RUN"]
    assert first.split() == ["ada", "nightly", "0", "9", "*", "*", "*", "UTC", "paused"]
    assert second.startswith("ada    once      once, 2999-01-01")


def test_a_list_of_schedules_fits_a_terminal_and_keeps_ids_whole(
    types: Types, ada: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    types("schedule", "create", "ada", "nightly", "--cron", "0 9 * * *", "--zone", "America/Argentina/Buenos_Aires")
    started = types("schedule", "run", "ada", "nightly").word
    monkeypatch.setattr("agentflow.cli.schedules.width", lambda: 62)  # the longest "in 59 minutes" leaves "when" its 12
    _, line = types("schedule", "list").out.splitlines()
    assert len(line) <= 62
    assert line.endswith(started)
    assert " in " in line


def test_a_schedule_is_paused_resumed_and_deleted(types: Types, ada: None) -> None:
    types("schedule", "create", "ada", "nightly", "--cron", "0 9 * * *")
    paused = types("schedule", "pause", "ada", "nightly")
    assert (paused.status, paused.err) == (0, "schedule nightly of ada is paused\n")
    assert "paused" in types("schedule", "show", "ada", "nightly").out
    resumed = types("schedule", "resume", "ada", "nightly", "--json")
    assert (resumed.status, resumed.document["paused"]) == (0, False)
    deleted = types("schedule", "delete", "ada", "nightly")
    assert (deleted.status, deleted.err) == (0, "schedule nightly of ada is deleted\n")
    assert types("schedule", "show", "ada", "nightly").status == 3


def test_a_schedule_is_changed_with_update(types: Types, ada: None) -> None:
    create = ("schedule", "create", "ada", "nightly", "--cron")
    types(*create, "0 9 * * *")
    assert types(*create, "0 10 * * *").status == 4
    assert types(*create, "0 10 * * *", "--missed", "once", "--update", "--json").document["missed"] == "once"


def test_a_run_now_says_what_started_it(types: Types, ada: None) -> None:
    types("schedule", "create", "ada", "nightly", "--cron", "0 9 * * *")
    run = types("schedule", "run", "ada", "nightly").word
    assert types("worker", "--until-idle").status == 0
    shown = types("run", "show", run)
    assert "schedule  nightly, for " in shown.out
    assert types("run", "show", run, "--json").document["result"]["name"] == "nightly"
    assert run in types("schedule", "list").out
    assert run in types("run", "list", "--schedule", "nightly").out
    assert types("run", "list", "--schedule", "daily").err == "no such runs\n"


def test_a_worker_until_idle_takes_along_what_is_due_within_a_minute(types: Types, ada: None, shop: Path) -> None:
    assert types("schedule", "create", "ada", "soon", "--at", "2999-01-01").status == 0
    due_in(shop, 1.0)
    assert types("worker", "--until-idle").status == 0
    [run] = types("run", "list", "--json").document
    assert (run["status"], run["result"]["name"]) == ("completed", "soon")
    done = types("schedule", "show", "ada", "soon")
    assert "no time is left" in done.out
    assert f"last run   {run['id']}" in done.out
    assert types("schedule", "list").out.splitlines()[1].split()[5] == "never"


def test_a_schedule_that_could_not_start_says_why(types: Types, ada: None, shop: Path) -> None:
    types("schedule", "create", "ada", "soon", "--at", "2999-01-01")
    due_in(shop, 0.0)
    types("agent", "archive", "ada")
    assert "schedule soon started no run: agent ada is archived" in types("worker", "--until-idle").err
    assert "but        " in types("schedule", "show", "ada", "soon").out
    assert types("run", "list", "--json").document == []


@pytest.mark.parametrize(
    ("words", "status", "why"),
    [
        (("--cron", "0 9 * *"), 2, "is not a cron expression: it has five fields"),
        (("--cron", "0 99 * * *"), 2, "is not a cron expression: bad hour"),
        ((), 2, "needs either cron"),
        (("--cron", "0 9 * * *", "--zone", "Europe/Berln"), 2, "did you mean Europe/Berlin?"),
        (("--at", "2020-01-01T09:00"), 2, "2020-01-01T09:00 has passed already in UTC"),
        (("--at", "soon"), 2, "'soon' is not a moment"),
        (("--cron", "0 9 * * *", "--missed", "never"), 2, "'never' is not one of"),
        (("--cron", "0 9 * * *", "--payload", "[]"), 2, "must be a JSON object"),
        (("--cron", "0 9 * * *", "--version", "9"), 3, "no version 9"),
    ],
)
def test_what_cannot_be_is_one_line(types: Types, ada: None, words: tuple[str, ...], status: int, why: str) -> None:
    done = types("schedule", "create", "ada", "nightly", *words)
    assert (done.status, done.out, done.err.count("\n")) == (status, "", 1), done
    assert why in done.err


def test_a_run_that_nothing_scheduled_shows_no_schedule(types: Types, has: Has) -> None:
    has(LOAD)
    run = types("run", "start", "ada", "--payload", '{"id": "1"}').word
    assert "schedule" not in types("run", "show", run).out
