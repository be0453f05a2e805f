"""agentflow doctor and agentflow backup: whether a database is well, and a copy of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from agentflow.sandbox import launch

from .conftest import EVENT, Types

Has = Callable[[str], None]


@pytest.fixture
def waiting(types: Types, has: Has) -> str:
    """A run that waits for an event; its id."""
    has(EVENT)
    run = types("run", "start", "ada").word
    types("worker", "--until-idle")
    return run


def sql(database: Path, *statements: str) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def test_a_database_that_is_well_says_what_it_is(types: Types, waiting: str, shop: Path) -> None:
    done = types("doctor")
    assert (done.status, done.err) == (0, "all is well\n")
    facts = {line[:14].strip(): line[14:] for line in done.out.splitlines()}
    assert facts["database"] == str(shop / "agentflow.db")
    assert (facts["journal mode"], facts["synchronous"], facts["workers"]) == ("wal", "FULL", "none is alive")
    assert facts["engine"] == "embedded"
    assert facts.keys() >= {"schema", "bytes", "sqlite", "python", "plan api"}


def test_with_json_it_is_one_document(types: Types, waiting: str) -> None:
    done = types("doctor", "--json")
    assert (done.status, done.document["ok"], done.document["ailments"], done.document["mended"]) == (0, True, [], {})
    assert done.document["facts"]["plan_api"] == 1


def test_what_is_wrong_is_said_and_mended_when_asked(types: Types, waiting: str, shop: Path) -> None:
    forgotten = [f"INSERT INTO inbox (id, at, kind, key) VALUES ('lost{n}', 0, 'event', '')" for n in range(7)]
    sql(shop / "agentflow.db", *forgotten, f"UPDATE work SET worker = 'gone' WHERE id = '{waiting}'")
    ill = types("doctor")
    assert ill.status == 1
    assert ill.err.splitlines() == [
        "messages to what is not there: lost0, lost1, lost2, lost3, lost4 and 2 more",
        "workers that are gone and still hold work or a row: gone",
        "something is wrong",
        "some of it can be mended: agentflow doctor --repair",
    ]
    document = types("doctor", "--json").document
    assert [(one["check"], len(one["ids"]), one["cure"]) for one in document["ailments"]] == [
        ("stray_messages", 7, "deleted"),
        ("workers", 1, "freed"),
    ]
    mended = types("doctor", "--repair")
    assert (mended.status, mended.err.splitlines()) == (
        0,
        ["mended: workers (1)", "mended: stray messages (7)", "all is well"],
    )
    assert types("doctor", "--repair", "--json").document["mended"] == {}


def test_what_cannot_be_mended_stays_wrong(types: Types, waiting: str, shop: Path) -> None:
    sql(shop / "agentflow.db", "DELETE FROM work", "DELETE FROM attempts", "DELETE FROM inbox")
    done = types("doctor", "--repair")
    assert done.status == 1
    assert done.err.splitlines() == [
        f"open, but no worker will ever look at it: {waiting}; delete it, or go back to a backup",
        "something is wrong",
    ]


def test_what_is_no_database_is_said(types: Types, shop: Path) -> None:
    (shop / "letter.db").write_text("this is a letter, not a database" * 50)
    done = types("--db", "letter.db", "doctor")
    assert (done.status, "file is not a database" in done.err) == (1, True)
    (shop / "empty.db").write_text("")
    assert types("--db", "empty.db", "doctor").status == 1
    assert (shop / "empty.db").read_bytes() == b""


@pytest.mark.parametrize("words", [("doctor",), ("backup", "b.db")])
def test_without_a_database_there_is_nothing_to_do(types: Types, shop: Path, words: tuple[str, ...]) -> None:
    done = types(*words)
    assert (done.status, done.out, done.err.count("\n")) == (3, "", 1)
    assert not (shop / "agentflow.db").exists()
    assert not (shop / "b.db").exists()


def test_a_backup_is_well_and_its_runs_go_on(types: Types, waiting: str) -> None:
    done = types("backup", "b.db")
    assert (done.status, done.word) == (0, "b.db")
    assert "let none work on both" in done.err
    assert types("--db", "b.db", "doctor").status == 0
    assert types("--db", "b.db", "run", "send", waiting, "parcel", "--data", "7").status == 0
    assert types("--db", "b.db", "worker", "--until-idle").status == 0
    assert types("--db", "b.db", "run", "show", waiting, "--json").document["result"] == 7
    assert types("run", "show", waiting, "--json").document["status"] == "waiting"


def test_a_backup_replaces_nothing_unless_it_is_forced_to(types: Types, waiting: str, shop: Path) -> None:
    (shop / "b.db").write_text("mine")
    refused = types("backup", "b.db")
    assert (refused.status, refused.out, refused.err.count("\n")) == (4, "", 1)
    assert (shop / "b.db").read_text() == "mine"
    forced = types("backup", "b.db", "--force", "--json")
    assert (forced.status, forced.document["bytes"]) == (0, (shop / "b.db").stat().st_size)


def test_the_wall_is_told_layer_by_layer(types: Types, waiting: str) -> None:
    layers = types("doctor", "--json").document["wall"]
    assert layers.keys() >= {"rlimits", "seccomp", "landlock", "no-new-privileges"}
    assert f"{len(layers)} of {len(layers)} layers hold" in types("doctor").out


def test_a_machine_that_cannot_confine_plans_is_told_and_no_worker_starts(
    types: Types, waiting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "GUEST", "tests.sandbox.unlocked")
    ill = types("doctor")
    assert ill.status == 1
    assert "seccomp: this kernel has none" in ill.out
    [wall, *_] = ill.err.splitlines()
    assert wall.startswith("this machine cannot confine plans: it lacks seccomp; run agentflow on Linux")
    refused = types("worker", "--until-idle")
    assert (refused.status, refused.out) == (1, "")
    assert "cannot confine plans (seccomp: this kernel has none)" in refused.err
    assert types("run", "show", waiting).status == 0


def test_a_machine_that_can_start_no_process_is_told_like_one_that_cannot_confine_it(
    types: Types, waiting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "GUEST", "tests.sandbox.nowhere")
    ill = types("doctor")
    assert ill.status == 1
    assert "seccomp: no process for a plan can be started: its fork server ended" in ill.out
    assert "it lacks rlimits and seccomp" in ill.err


def test_who_says_so_goes_without(types: Types, waiting: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "GUEST", "tests.sandbox.unlocked")
    monkeypatch.setenv("AGENTFLOW_UNSAFE_SANDBOX", "1")
    assert types("doctor").status == 0
    assert types("worker", "--until-idle").status == 0


KEYS = '''
from agentflow import ToolContext, tool


@tool(namespace="vault", secrets=["VAULT_KEY"])
def pay(context: ToolContext) -> None:
    """Pay."""
'''


def test_secrets_that_tools_name_and_this_process_lacks_are_told(types: Types, waiting: str, shop: Path) -> None:
    """It is no ailment: the worker may have them."""
    (shop / "keys.py").write_text(KEYS)
    settings = shop / "agentflow.toml"
    settings.write_text(settings.read_text().replace('tools = ["', 'tools = ["keys.py", "'))
    done = types("doctor")
    assert done.status == 0
    assert "vault.pay cannot be called here: the secret VAULT_KEY is missing" in done.err
    assert types("doctor", "--json").document["missing_secrets"] == [["vault.pay", "VAULT_KEY"]]


def test_tools_that_cannot_be_loaded_are_an_ailment_beside_the_others(types: Types, waiting: str, shop: Path) -> None:
    (shop / "tools.py").write_text("import nowhere_to_be_found\n")
    ill = types("doctor")
    assert ill.status == 1
    assert "journal mode" in ill.out
    assert "the tools cannot be loaded" in ill.err
