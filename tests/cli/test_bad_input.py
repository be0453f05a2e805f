"""Wrong input is one line that says what is wrong and what to do, with its exit status, and nothing half-written."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import ASK, BROKEN, LOAD, Done, Types

Has = Callable[[str], None]
Case = tuple[tuple[str, ...], int, str]


def refused(done: Done, status: int, *words: str) -> None:
    """One line on standard error with these words, nothing on standard output."""
    assert (done.status, done.out, done.err.count("\n")) == (status, "", 1), done
    assert done.err.startswith("agentflow: ")
    assert all(word in done.err for word in words), done.err


BAD_PAYLOADS = [
    ("{'id': 1}", 2, "not JSON: line 1, column 2"),
    ("nothing", 2, "the payload is not JSON"),
    ('{"a": NaN}', 2, "NaN is no JSON number"),
    ("[" * 100_000, 2, "the payload is nested too deeply: make it flatter"),
    ('{"a": ' * 100 + "1" + "}" * 100, 2, "nested deeper than 64 levels; make it flatter"),
    ('{"a": {"b": 1, "c": 2, "b": 3}}', 2, "the key 'b' stands twice in one object; keep one of them"),
    ('{"a": 1e400}', 2, "the number 1e400 is too large; use a string"),
    ('{"a": ' + "7" * 5_000 + "}", 2, f"the number {'7' * 20}... has more than 1000 digits; use a string"),
    ('{"a": -' + "7" * 1_500 + "}", 2, "has more than 1000 digits"),
    ("[1]", 2, "must be a JSON object"),
    ("null", 2, "not null"),
    ("3", 2, "not a number"),
    ("true", 2, "not a boolean"),
    ("@missing.json", 3, "there is no file missing.json"),
    ("@.", 2, "cannot be read"),
    ("@latin.json", 2, "not text in UTF-8 (byte 2)"),
]


@pytest.mark.parametrize(("payload", "status", "words"), BAD_PAYLOADS)
@pytest.mark.parametrize("verb", [("run", "start", "ada"), ("submit", "ada", "a goal")])
def test_a_bad_payload_starts_nothing(
    types: Types, shop: Path, has: Has, verb: tuple[str, ...], payload: str, status: int, words: str
) -> None:
    has(LOAD)
    (shop / "latin.json").write_bytes(b'{"\xe9": 1}')
    refused(types(*verb, "--payload", payload), status, words)
    assert types("run", "list", "--json").document == types("goal", "list", "--json").document == []


def test_a_bad_payload_does_not_even_make_a_database(types: Types, shop: Path) -> None:
    refused(types("submit", "ada", "a goal", "--payload", "{"), 2, "not JSON")
    assert sorted(path.name for path in shop.iterdir()) == ["agentflow.toml", "tools.py"]


def test_a_plan_with_a_syntax_error_is_not_registered(types: Types, shop: Path, has: Has) -> None:
    has(LOAD)
    (shop / "broken.py").write_text(BROKEN)
    refused(types("plan", "register", "ada", "broken.py"), 4, "nothing was registered", "broken.py:1:")
    done = types("plan", "register", "ada", "broken.py", "--json")
    assert (done.status, done.document["agent"], done.document["findings"][0]["line"]) == (4, "ada", 1)
    assert "nothing was registered" in done.err
    assert len(types("plan", "list", "ada", "--json").document) == 1


UNKNOWN: list[Case] = [
    (("submit", "bob", "a goal"), 3, "there is no agent 'bob'"),
    (("run", "start", "bob"), 3, "there is no agent 'bob'"),
    (("run", "start", "ada@7"), 3, "no version 7"),
    (("run", "start", "ada@new"), 2, "names no version"),
    (("run", "start", "ada", "--id", "a b"), 2, "is not a run id"),
    (("plan", "show", "ada@7"), 3, "no version 7"),
    (("plan", "register", "ada", "nowhere.py"), 3, "there is no file nowhere.py"),
    (("plan", "check", "nowhere.py"), 3, "there is no file nowhere.py"),
    (("plan", "check", "plan.py", "--agent", "bob"), 3, "there is no agent 'bob'"),
    (("plan", "check"), 2, "there is nothing to check: name a file"),
    (("plan", "check", "plan.py", "--select", "XY7,AF1"), 2, "--select 'XY7' names no check"),
    (("plan", "check", "plan.py", "--ignore", ""), 2, "--ignore '' names no check"),
    (("plan", "check", "plan.py", "--stdin-filename", "x.py"), 2, "write - as the file"),
    (("plan", "check", "--explain", "AF999"), 3, "there is no check 'AF999'"),
    (("agent", "show", "bob"), 3, "there is no agent 'bob'"),
    (("agent", "archive", "bob"), 3, "there is no agent 'bob'"),
    (("run", "show", "run_x"), 3, "there is no run run_x"),
    (("run", "watch", "run_x"), 3, "there is no run run_x"),
    (("run", "history", "run_x"), 3, "there is no run run_x"),
    (("run", "cancel", "run_x"), 3, "there is no run run_x"),
    (("run", "delete", "run_x"), 3, "there is no run run_x"),
    (("run", "send", "run_x", "parcel"), 3, "there is no run run_x"),
    (("run", "send", "run_x", "parcel", "--data", "{"), 2, "the event's data is not JSON"),
    (("goal", "show", "goal_x"), 3, "there is no goal goal_x"),
    (("approvals", "show", "approval_x"), 3, "there is no approval approval_x"),
    (("approve", "approval_x", "--yes"), 3, "there is no approval approval_x"),
    (("reject", "approval_x", "--comment", "no"), 3, "there is no approval approval_x"),
    (("agent", "create", "bob", "--model", "offline:demo", "--tools", "mial.*"), 2, "no tool matches mial.*"),
    (("agent", "create", "bob", "--model", "gpt"), 2, "names no provider"),
    (("agent", "create", "bob", "--model", "acme:gpt"), 2, "there is no model provider 'acme'"),
    (("agent", "create", "Bob!", "--model", "offline:demo"), 2, "is not an agent's name"),
    (("agent", "create", "ada", "--model", "offline:demo"), 4, "there is an agent ada already"),
    (("submit", "ada", " "), 2, "the goal is empty"),
    (("approve", "x", "--happened", "1", "--not-happened"), 2, "only one of"),
    (("reject", "x", "--comment", " "), 2, "--comment is empty: say why"),
    (("run", "start", "ada@99999999999999999999"), 3, "there is no version 99999999999999999999 of this agent"),
    (("run", "list", "--most", "99999999999999999999"), 2, "ask for 1 to 1,000,000"),
]


@pytest.mark.parametrize("case", UNKNOWN, ids=lambda case: " ".join(case[0]))
def test_what_does_not_exist_or_cannot_be_is_one_line(types: Types, has: Has, case: Case) -> None:
    has(LOAD)
    words, status, said = case
    refused(types(*words), status, said)


NOWHERE = [
    (("--url", "http://127.0.0.1:1", "run", "list"), 1, "http://127.0.0.1:1 does not answer"),
    (("run", "list", "--url", "http://127.0.0.1:1"), 1, "is `agentflow serve` running?"),
    (("run", "list", "--url", "localhost:8000"), 2, "write it as http://127.0.0.1:8000"),
    (("--db", "a.db", "run", "list", "--url", "http://x"), 2, "--db and --url name two places"),
    (("--tenant", "acme", "run", "list", "--url", "http://x"), 2, "AGENTFLOW_KEY says whose things are meant"),
    *(
        ((*words, "--url", "http://x"), 2, "not over HTTP")
        for words in (["worker"], ["serve"], ["doctor"], ["backup", "b"])
    ),
]


@pytest.mark.parametrize("case", NOWHERE, ids=lambda case: " ".join(case[0]))
def test_a_service_that_cannot_be_asked_is_one_line(types: Types, case: Case) -> None:
    words, status, said = case
    refused(types(*words), status, said)


def test_a_service_in_the_environment_is_not_silently_replaced_by_a_file(
    types: Types, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENTFLOW_URL", "http://127.0.0.1:1")
    refused(types("run", "list"), 1, "http://127.0.0.1:1 does not answer")
    refused(types("run", "list", "--db", "no.db"), 3, "there is no database no.db yet")


SERVER = "postgresql://flow:hush@127.0.0.1:1/flow"
ELSEWHERE = [
    (("--db", SERVER, "worker"), 2, "the embedded engine works on a file, and postgresql://flow@127.0.0.1:1/flow is a"),
    (("--db", SERVER, "serve", "--port", "0", "--engine", "restate"), 2, "where is Restate? give --restate-url URL"),
    (("worker", "--engine", "restate", "--restate-url", "http://r:8080"), 2, "give --db postgresql://..., or --engine"),
    (("worker", "--engine", "restate", "--restate-url", "r:8080"), 2, "--restate-url: must be an address that starts"),
    (("worker", "--engine", "temporal"), 2, "'temporal' is not one of 'embedded', 'restate'"),
    (("--db", SERVER, "run", "list"), 1, "postgresql://flow@127.0.0.1:1/flow cannot be opened as a database"),
    (("--db", "postgresql://flow:hu/sh@db/flow", "run", "list"), 2, "--db: an @ or / in the password of an address is"),
    (("--db", "postgresql://flow:hu@sh@db/flow", "run", "list"), 2, "--db: an @ or / in the password of an address is"),
    (("--db", "mysql://db/flow", "run", "list"), 2, "--db: mysql: is no database for agentflow: give a file, or"),
    (("--db", SERVER, "backup", "a b"), 2, "pg_dump --format=custom --file 'a b' postgresql://flow@127.0.0.1:1/flow"),
    (("--db", SERVER, "doctor"), 1, "postgresql://flow@127.0.0.1:1/flow cannot be opened as a database"),
]


@pytest.mark.parametrize("case", ELSEWHERE, ids=lambda case: " ".join(case[0]))
def test_a_server_that_cannot_be_used_is_one_line_without_its_password(types: Types, case: Case) -> None:
    words, status, said = case
    done = types(*words)
    refused(done, status, said)
    assert not re.search(r"hush|hu/|sh@", done.err)


MISUSED = [
    (("run", "shw"), "no such command 'shw'. Did you mean 'show'?; see `agentflow run --help`"),
    (("run", "show"), "missing argument 'RUN | FILE'; see `agentflow run show --help`"),
    (("run", "show", "x", "--fast"), "no such option: --fast"),
    (("reject", "approval_x"), "missing option '--comment'"),
    (("approve", "approval_x", "--happened"), "option '--happened' requires an argument; see its --help"),
    (("goal", "list", "--status", "done"), "'done' is not one of"),
    (("--json",), "no command was given"),
]


@pytest.mark.parametrize("case", MISUSED, ids=lambda case: " ".join(case[0]))
def test_wrong_usage_is_one_line_that_names_the_help(types: Types, case: tuple[tuple[str, ...], str]) -> None:
    words, said = case
    refused(types(*words), 2, said)


@pytest.mark.parametrize("words", [(), ("run",)])
def test_without_a_command_the_help_is_shown(types: Types, words: tuple[str, ...]) -> None:
    done = types(*words)
    assert (done.status, "Usage: agentflow" in done.out, done.err) == (2, True, "")


def test_an_approval_is_decided_once(types: Types, has: Has) -> None:
    has(ASK)
    types("run", "start", "ada", "--wait")
    [question] = types("approvals", "--json").document
    assert types("approve", question["id"], "--answer", "red").status == 0
    refused(types("approve", question["id"], "--answer", "blue"), 4, "is already answered by local")
    refused(types("reject", question["id"], "--comment", "no"), 4, "is already answered by local")
    assert types("approvals", "show", question["id"], "--json").document["decision"]["value"] == "red"


def test_a_database_of_a_newer_version_is_left_alone(types: Types, shop: Path) -> None:
    with sqlite3.connect(shop / "agentflow.db") as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    refused(types("run", "list"), 1, "written by a newer agentflow", "--db")


def test_a_file_that_is_no_database_is_left_alone(types: Types, shop: Path) -> None:
    (shop / "notes.db").write_text("dear diary, " * 1000)
    refused(types("run", "list", "--db", "notes.db"), 1, "notes.db", "--db")
    assert (shop / "notes.db").read_text().startswith("dear diary")


def test_a_missing_folder_is_not_made(types: Types, shop: Path) -> None:
    create = ("agent", "create", "ada", "--model", "offline:demo")
    refused(types(*create, "--db", "nowhere/agentflow.db"), 2, "there is no folder nowhere")
    assert not (shop / "nowhere").exists()


@pytest.mark.parametrize(
    "words", [("run", "list"), ("goal", "show", "goal_x"), ("approvals",), ("plan", "list", "ada")]
)
def test_looking_does_not_make_a_database(types: Types, shop: Path, words: tuple[str, ...]) -> None:
    refused(types(*words, "--db", "other.db"), 3, "there is no database other.db")
    assert not (shop / "other.db").exists()


def test_a_missing_key_is_one_line_and_no_goal_is_stored(types: Types) -> None:
    types("agent", "create", "ada", "--model", "openai:gpt")
    refused(types("submit", "ada", "a goal", "--wait"), 1, "OPENAI_API_KEY")
    assert types("goal", "list", "--json").document == []


def test_a_key_that_only_the_worker_lacks_fails_the_goal(types: Types) -> None:
    types("agent", "create", "ada", "--model", "openai:gpt")
    types("submit", "ada", "a goal")
    types("worker", "--until-idle")
    [goal] = types("goal", "list", "--json").document
    assert (goal["status"], goal["attempts"]) == ("failed", [])
    assert "OPENAI_API_KEY" in goal["reason"]


def test_settings_and_tools_that_are_wrong_are_one_line(types: Types, shop: Path) -> None:
    (shop / "agentflow.toml").write_text('tolls = ["tools.py"]\n')
    refused(types("run", "list"), 2, "agentflow.toml", "tolls")
    (shop / "agentflow.toml").write_text('tools = ["other.py"]\n')
    refused(types("tools"), 2, "other.py")


def test_a_name_that_is_given_nothing_to_read_is_refused(types: Types, has: Has) -> None:
    has(LOAD)
    refused(types("goal", "list", "--agent", "bob"), 3, "there is no agent 'bob'")
