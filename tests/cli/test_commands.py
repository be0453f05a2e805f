"""What each command does and prints: data on standard output, words on standard error, one document with --json."""

from __future__ import annotations

import io
import json
import shlex
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from agentflow.app import AgentFlow
from agentflow.cli.commands import COMMANDS, GROUPS, tree
from agentflow.cli.session import Session
from agentflow.errors import StorageError

from .conftest import ASK, BUSY, EVENT, FAIL, LOAD, MAIL, PAY, SLEEP, Types, plan

Has = Callable[[str], None]


def start(types: Types, *words: str) -> str:
    """A run of ada's plan, worked on until a person must act or it has ended; its id."""
    done = types("run", "start", "ada", *words, "--wait")
    return next(line for line in done.err.splitlines() if line.startswith("run ")).split()[1]


# agents and tools


def test_an_agent_is_made_listed_shown_and_archived(types: Types, shop: Path) -> None:
    (shop / "told.txt").write_text("Be kind.")
    made = types(
        "agent",
        "create",
        "ada",
        "--model",
        "offline:demo",
        "--tools",
        "orders.*, mail.send",
        "--instructions",
        "@told.txt",
    )
    assert (made.status, made.word) == (0, "ada")
    assert "may call 2 tools" in made.err
    shown = types("agent", "show", "ada")
    assert "mail.send, orders.get" in shown.out
    assert "Be kind." in shown.out
    assert types("agent", "list").out.splitlines()[1].split()[:2] == ["ada", "offline:demo"]
    assert types("agent", "archive", "ada").status == 0
    assert types("agent", "list", "--json").document == []
    assert "archived" in types("agent", "show", "ada").out
    [agent] = types("agent", "list", "--archived", "--json").document
    assert (agent["name"], agent["tools"]) == ("ada", ["orders.*", "mail.send"])


def test_limits_and_hosts_of_an_agent_are_given_one_by_one_and_shown(types: Types) -> None:
    create = ("agent", "create", "ada", "--model", "offline:demo")
    own = ("--limit", "steps=5", "--limit", "turn_seconds=0.5", "--host", "api.example.com", "--host", "*.example.org")
    document = types(*create, *own, "--json").document
    assert (document["limits"], document["hosts"]) == (
        {"steps": 5, "turn_seconds": 0.5},
        ["api.example.com", "*.example.org"],
    )
    shown = types("agent", "show", "ada").out
    assert "turn_seconds=0.5, steps=5" in shown
    assert "api.example.com, *.example.org" in shown


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("--limit", "steps"), "--limit 'steps' is no limit: write NAME=NUMBER, as in steps=100"),
        (("--limit", "steps=many"), "--limit 'steps=many' is no limit"),
        (("--limit", "stepz=5"), "limit stepz: no such key; did you mean 'steps'?"),
        (("--host", "ftp://a.com"), "'ftp://a.com' is not a host"),
    ],
)
def test_limits_and_hosts_that_cannot_be_are_told_in_one_line(types: Types, given: tuple[str, str], words: str) -> None:
    done = types("agent", "create", "ada", "--model", "offline:demo", *given)
    assert (done.status, done.out) == (2, "")
    assert words in done.err


def test_who_decides_for_an_agent_is_given_shown_and_kept(types: Types) -> None:
    create = ("agent", "create", "ada", "--model", "offline:demo", "--json")
    first = types(*create, "--approvers", "anna, bert", "--quorum", "2", "--self", "--due", "4h").document
    assert first["approvals"] == {"approvers": ["anna", "bert"], "quorum": 2, "no_self": False, "due": 14400.0}
    shown = types("agent", "show", "ada").out
    assert "by anna, bert; 2 have to agree; who asked may agree; due after 4 hours" in shown
    after = types(*create, "--update", "--quorum", "1", "--no-self").document
    assert after["approvals"] == {"approvers": ["anna", "bert"], "no_self": True, "due": 14400.0}
    refused = types(*create, "--update", "--quorum", "3")
    assert (refused.status, "3 have to agree, and only 2 may: name more approvers" in refused.err) == (2, True)


def test_an_agent_is_changed_with_update(types: Types) -> None:
    create = ("agent", "create", "ada", "--model", "offline:demo")
    types(*create)
    assert types(*create, "--review", "always", "--update", "--json").document["review"] == "always"


def test_a_change_of_an_agent_keeps_what_it_does_not_name(types: Types) -> None:
    own = (
        "--tools",
        "orders.*",
        "--agents",
        "bob",
        "--instructions",
        "Be kind.",
        "--review",
        "never",
        "--repairs",
        "1",
    )
    budget = ("--plan-tokens", "99", "--plan-cost", "0.5", "--fallback-model", "offline:./a", "--host", "a.example.com")
    create = ("agent", "create", "ada", "--json")
    before = types(
        *create, "--model", "offline:demo", *own, *budget, "--limit", "steps=5", "--limit", "turn_seconds=2"
    ).document
    after = types(*create, "--update", "--host", "b.example.com", "--limit", "steps=6").document
    assert after == {**before, "hosts": ["b.example.com"], "limits": {"steps": 6, "turn_seconds": 2}}
    assert types(*create, "--update", "--tools", "").document == {**after, "tools": []}


@pytest.mark.parametrize("update", [(), ("--update",)])
def test_a_new_agent_needs_a_model(types: Types, update: tuple[str, ...]) -> None:
    done = types("agent", "create", "ada", *update)
    assert (done.status, done.out) == (2, "")
    assert "missing option '--model'; see `agentflow agent create --help`" in done.err


def test_empty_lists_say_so_and_print_nothing(types: Types, has: Has) -> None:
    assert (types("agent", "list").out, types("agent", "list").status) == ("", 0)
    types("agent", "create", "ada", "--model", "offline:demo")
    for words in (("run", "list"), ("goal", "list"), ("approvals",), ("approvals", "list"), ("plan", "list", "ada")):
        done = types(*words)
        assert (done.status, done.out, done.err.count("\n")) == (0, "", 1), done
    assert types("plan", "show", "ada").status == 3


def test_the_settings_name_agents(types: Types, shop: Path) -> None:
    with (shop / "agentflow.toml").open("a") as settings:
        settings.write('[agents.clerk]\nmodel = "offline:demo"\n')
    assert types("agent", "list").out.splitlines()[1].startswith("clerk")


def test_tools_are_shown_with_their_signatures_and_need_no_database(types: Types, shop: Path) -> None:
    out = types("tools").out.splitlines()
    assert out[0].split() == ["TOOL", "TAKES", "AND", "GIVES", "EFFECT", "RISK", "APPROVAL"]
    [send] = [line.split("  ") for line in out if line.startswith("mail.send")]
    assert [word.strip() for word in send if word] == [
        "mail.send",
        "(to: str, body: str) -> str",
        "once",
        "high",
        "always",
    ]
    assert {tool["name"] for tool in types("tools", "--json").document} >= {"orders.get", "llm.generate"}
    assert not (shop / "agentflow.db").exists()


# plans


def test_findings_are_printed_as_linters_do(types: Types, shop: Path) -> None:
    (shop / "bad.py").write_text(plan('return await step.do("load", tools.orders.fetch(id="1"))'))
    done = types("plan", "check", "bad.py")
    first, advice = done.out.splitlines()[:2]
    assert (done.status, done.err) == (4, "bad.py: 1 error\n")
    assert first.startswith("bad.py:6:")
    assert "orders.fetch" in first
    assert advice.startswith("    ")
    assert not (shop / "agentflow.db").exists()


def test_a_plan_without_errors_passes_the_check(types: Types, has: Has, monkeypatch: pytest.MonkeyPatch) -> None:
    has(LOAD)
    assert types("plan", "check", "plan.py", "--agent", "ada").status == 0
    monkeypatch.setattr(sys, "stdin", io.StringIO(LOAD))
    assert types("plan", "check", "-").err == "-: no findings\n"


def test_what_an_agent_may_not_call_is_a_finding(types: Types, shop: Path) -> None:
    (shop / "plan.py").write_text(LOAD)
    types("agent", "create", "bob", "--model", "offline:demo", "--tools", "mail.send")
    assert types("plan", "check", "plan.py", "--agent", "bob").status == 4


def test_a_plan_is_registered_listed_and_printed_as_it_is(types: Types, has: Has) -> None:
    has(LOAD)
    again = types("plan", "register", "ada", "plan.py")
    assert (again.word, "is version 1 of ada already" in again.err) == ("ada@1", True)
    has(BUSY)
    assert [line.split()[0] for line in types("plan", "list", "ada").out.splitlines()[1:]] == ["ada@1", "ada@2"]
    assert types("plan", "show", "ada@1").out == LOAD
    newest = types("plan", "show", "ada")
    assert newest.out == BUSY
    assert "sha256" in newest.err
    assert types("plan", "show", "ada", "--json").document["number"] == 2


def test_warnings_do_not_refuse_a_plan_but_are_shown(types: Types, has: Has, shop: Path) -> None:
    has(LOAD)
    silent = plan("try:", '    await step.do("load", tools.orders.get(id="1"))', "except Exception:", "    pass")
    (shop / "plan.py").write_text(silent)
    assert (types("plan", "check", "plan.py").status, "1 warning" in types("plan", "check", "plan.py").err) == (0, True)
    done = types("plan", "register", "ada", "plan.py")
    assert (done.status, done.word, "(swallowed-failure, warning)" in done.err) == (0, "ada@2", True)
    assert "(swallowed-failure, warning)" in types("plan", "show", "ada").err


def test_a_revoked_plan_is_listed_as_such(types: Types, has: Has, shop: Path) -> None:
    has(LOAD)
    with sqlite3.connect(shop / "agentflow.db") as database:
        database.execute("UPDATE plans SET revoked_at = 1")
    database.close()
    assert types("plan", "list", "ada").out.splitlines()[1].split()[2] == "revoked"


def test_who_revoked_a_plan_and_why_is_shown_with_it(types: Types, has: Has) -> None:
    has(LOAD)
    assert types("plan", "revoke", "ada@1", "--comment", "It leaks.").status == 0
    assert "by local: It leaks." in types("plan", "show", "ada@1").err


# runs


def test_a_run_that_is_waited_for_prints_its_result(types: Types, has: Has) -> None:
    has(LOAD)
    done = types("run", "start", "ada@1", "--payload", '{"id": "17"}', "--id", "mine", "--wait")
    assert (done.status, json.loads(done.out)) == (0, {"total": 250})
    assert done.err.startswith("run mine\n")
    assert "load" in done.err
    shown = types("run", "show", "mine")
    assert "completed" in shown.out
    assert shown.out.splitlines()[-1].split()[:3] == ["load", "done", "1"]
    assert types("run", "list").out.splitlines()[1].startswith("mine  ada@1  completed")


def test_a_run_that_is_not_waited_for_prints_its_id_and_says_that_nobody_works(types: Types, has: Has) -> None:
    has(LOAD)
    done = types("run", "start", "ada")
    assert "no worker is running: start one with `agentflow worker`, or use --wait" in done.err
    assert types("run", "show", done.word, "--json").document["status"] == "queued"
    assert "no worker is running" in types("run", "show", done.word).err


def test_the_worker_that_one_is_told_to_start_can_work_there(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At a service it is one beside that; on a server it has the engine that works there, if nobody has said so."""
    monkeypatch.chdir(shop)
    on_a_server = Session(db="postgresql://flow@db/flow")
    engine = " --engine restate --restate-url URL"
    assert on_a_server.starting == f"agentflow --db postgresql://flow@db/flow worker{engine}"
    assert Session(db="a.db").starting == "agentflow --db a.db worker"
    assert Session(url="http://flow:8000").starting == "agentflow worker"
    monkeypatch.setenv("AGENTFLOW_ENGINE", "restate")
    assert Session(db="postgresql://flow@db/flow").starting == "agentflow --db postgresql://flow@db/flow worker"


def test_with_json_a_run_that_is_waited_for_is_one_document(types: Types, has: Has) -> None:
    has(LOAD)
    document = types("--json", "run", "start", "ada", "--payload", '{"id": "1"}', "--wait").document
    assert (document["status"], document["agent"], document["result"]) == ("completed", "ada", {"total": 250})
    assert [step["state"] for step in document["steps"]] == ["done"]


def test_retries_are_told_one_by_one(types: Types, has: Has) -> None:
    has(BUSY)
    done = types("run", "start", "ada", "--wait")
    assert (done.status, done.out) == (0, '"reserved"\n')
    assert "attempt 1 failed: RuntimeError: the stock system is busy" in done.err
    assert "attempt 2 failed" in done.err


def test_a_run_that_fails_is_status_1_and_its_error_the_last_line(types: Types, has: Has) -> None:
    has(FAIL)
    done = types("run", "start", "ada", "--wait")
    assert (done.status, done.out) == (1, "")
    assert done.err.splitlines()[-1].endswith("failed: ValueError: no such luck (line 6)")
    [run] = types("run", "list", "--status", "failed", "--agent", "ada", "--json").document
    assert "no such luck" in types("run", "show", run["id"]).out
    assert "no such luck" in types("run", "list").out
    assert types("run", "watch", run["id"]).status == 1
    failed = types("run", "restart", run["id"], "--json")
    assert failed.document["generation"] == 2
    assert "generation" in types("run", "show", run["id"]).out


def test_with_json_a_run_that_fails_is_still_one_document(types: Types, has: Has) -> None:
    has(FAIL)
    done = types("run", "start", "ada", "--wait", "--json")
    assert (done.status, done.document["status"]) == (1, "failed")


def test_a_sleep_is_shown_with_its_end_and_its_line(types: Types, has: Has) -> None:
    has(SLEEP)
    run = types("run", "start", "ada").word
    assert types("worker", "--until-idle").status == 0
    out = types("run", "show", run).out
    assert "a sleep, step 'a while'" in out
    assert "(in 2 days)" in out
    assert 'line 6: await step.sleep("a while", "2 days")' in out
    assert types("run", "cancel", run).status == 0
    assert types("worker", "--until-idle").status == 0
    assert types("run", "watch", run).status == 1


def test_an_event_is_sent_and_carries_its_data(types: Types, has: Has) -> None:
    has(EVENT)
    run = types("run", "start", "ada").word
    types("worker", "--until-idle")
    assert "an event of type parcel" in types("run", "show", run).out
    assert types("run", "send", run, "parcel", "--data", '{"kg": 2}').word.startswith("event_")
    types("worker", "--until-idle")
    done = types("run", "watch", run)
    assert (done.status, "event parcel came" in done.out, done.out.splitlines()[-1]) == (0, True, '{"kg": 2}')
    assert [entry["kind"] for entry in types("run", "history", run, "--json").document] == ["start", "event"]
    assert types("run", "history", run).out.splitlines()[2].split()[3] == "event"


def test_a_pause_is_a_persons_turn(types: Types, has: Has) -> None:
    has(SLEEP)
    run = types("run", "start", "ada").word
    assert types("run", "pause", run, "--json").document["id"] == run
    types("worker", "--until-idle")
    watched = types("run", "watch", run)
    assert (watched.status, f"agentflow run resume {run}" in watched.err) == (5, True)
    assert "on request" in types("run", "show", run).out
    assert types("run", "resume", run).status == 0
    types("worker", "--until-idle")
    assert types("run", "show", run, "--json").document["status"] == "sleeping"


def test_a_watched_run_is_one_document_a_line(types: Types, has: Has) -> None:
    has(LOAD)
    run = start(types, "--payload", '{"id": "1"}')
    [line] = types("run", "watch", run, "--json").out.splitlines()
    assert json.loads(line)["status"] == "completed"


def test_a_deleted_run_is_gone(types: Types, has: Has) -> None:
    has(FAIL)
    run = start(types)
    assert types("run", "delete", run).err == f"run {run} is deleted\n"
    assert types("run", "show", run).status == 3


def test_another_database_is_named_in_the_commands_to_type_next(types: Types, has: Has) -> None:
    types("agent", "create", "ada", "--model", "offline:demo", "--db", "my other.db")
    assert "agentflow --db 'my other.db' submit ada GOAL" in types("plan", "list", "ada", "--db", "my other.db").err


# approvals


def test_a_call_that_needs_a_person_is_shown_whole_and_approved(types: Types, has: Has) -> None:
    has(MAIL)
    started = types("run", "start", "ada", "--wait")
    [question] = types("approvals", "list", "--json").document
    assert (started.status, f"agentflow approve {question['id']}" in started.err) == (5, True)
    shown = types("approvals", "show", question["id"])
    assert "mail.send" in shown.out
    assert '"ada@example.com"' in shown.out
    assert [line[line.index("|") :] for line in shown.out.splitlines() if "|" in line] == ["| Dear Ada,", "| yours"]
    assert question["digest"] in shown.out
    assert f"agentflow reject {question['id']} --comment WHY" in shown.err
    assert types("approve", question["id"]).status == 2
    assert types("approve", question["id"], "--yes", "--digest", "other").status == 4
    assert types("approve", question["id"], "--yes", "--digest", question["digest"], "--comment", "fine").status == 0
    types("worker", "--until-idle")
    assert types("run", "watch", question["run"]).out.splitlines()[-1] == '"sent"'
    decided = types("approvals", "show", question["id"])
    assert "by local" in decided.out
    assert "fine" in decided.out


def test_a_rejection_fails_the_step_with_its_reason(types: Types, has: Has) -> None:
    has(MAIL)
    run = start(types)
    [question] = types("approvals", "--json").document
    assert types("reject", question["id"], "--comment", "not that one").err.startswith(f"{question['id']} is rejected")
    types("worker", "--until-idle")
    assert "not that one" in types("run", "show", run).out
    assert types("approvals").out == ""
    assert types("approvals", "list", "--all").out.splitlines()[1].split()[:3] == [question["id"], "call", "rejected"]


@pytest.mark.parametrize("answer", ["red", '"red"'])
def test_a_question_is_answered_with_json_or_bare_words(types: Types, has: Has, answer: str) -> None:
    has(ASK)
    run = start(types)
    [question] = types("approvals", "--json").document
    assert 'one of "red", "blue"' in types("approvals", "show", question["id"]).out
    assert types("approve", question["id"], "--yes").status == 2
    assert types("approve", question["id"], "--answer", "green").status == 2
    assert types("approve", question["id"], "--answer", answer).status == 0
    types("worker", "--until-idle")
    assert types("run", "show", run, "--json").document["result"] == "red"


@pytest.mark.parametrize(
    ("schema", "given", "taken"),
    [
        ({"type": "string"}, "42", "42"),
        ({"type": "string"}, '"42"', "42"),
        ({"type": "string"}, "two words", "two words"),
        ({"enum": ["a", 1]}, "1", 1),
        ({"type": "object"}, '{"a": 1}', {"a": 1}),
    ],
)
def test_bare_words_are_a_string_where_a_string_is_asked_for(schema: object, given: str, taken: object) -> None:
    from agentflow.cli.deciding import parse_answer

    assert parse_answer(given, schema) == taken


def test_an_answer_that_must_be_json_is_refused_when_it_is_not(types: Types, has: Has) -> None:
    has(plan('return await step.ask("how many", "How many?", answer={"type": "integer"})'))
    run = start(types)
    [question] = types("approvals", "--json").document
    assert "the answer is not JSON" in types("approve", question["id"], "--answer", "many").err
    for answer, words in (("[" * 100_000, "nested too deeply"), ("9" * 5_000, "more than 1000 digits")):
        assert words in types("approve", question["id"], "--answer", answer).err
    assert "JSON that fits" in types("approvals", "show", question["id"]).out
    assert types("approve", question["id"], "--answer", "3").status == 0
    assert types("run", "show", run, "--json").status == 0


@pytest.mark.parametrize(
    ("word", "state"), [(("--happened", '"paid"'), "completed"), (("--not-happened",), "waiting"), ((), "failed")]
)
def test_an_unknown_outcome_is_decided_by_a_person(types: Types, has: Has, word: tuple[str, ...], state: str) -> None:
    has(PAY)
    run = start(types)
    [question] = types("approvals", "--json").document
    assert "--happened" in types("approve", question["id"], "--yes").err
    if word:
        assert types("approve", question["id"], *word, "--digest", "other").status == 4
        assert types("approve", question["id"], *word, "--digest", question["digest"]).status == 0
    else:
        assert types("reject", question["id"], "--comment", "too bad").status == 0
    types("worker", "--until-idle")
    assert types("run", "show", run, "--json").document["status"] == state


def test_what_could_not_be_undone_can_be_tried_again(types: Types, has: Has) -> None:
    undo = "rollback=lambda result: tools.bank.pay(amount=5)"
    has(plan(f'await step.do("load", tools.orders.get(id="1"), {undo})', 'raise ValueError("no such luck")'))
    run = start(types)
    [question] = types("approvals", "--json").document
    assert types("reject", question["id"], "--comment", "too bad").status == 0
    types("worker", "--until-idle")
    shown = types("run", "show", run)
    assert f"to undo what is not undone: agentflow run rollback {run}" in shown.err
    assert "not undone" in shown.out
    assert types("run", "rollback", run).status == 0
    assert "not undone" not in types("run", "show", run).err


# the rest


def test_a_starter_is_written_once(types: Types, shop: Path) -> None:
    done = types("init", "new")
    assert sorted(done.out.split()) == ["new/.gitignore", "new/agentflow.toml", "new/tools.py"]
    again = types("init", "new")
    assert (again.status, again.err.count("\n")) == (4, 1)
    assert (shop / "new" / "agentflow.toml").exists()


def test_the_first_goal_in_a_starter_works_without_a_model(
    types: Types, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the very line that `init` says, but for the name of the program."""
    line = types("init", "new").err.strip().partition("cd new; agentflow ")[2]
    monkeypatch.chdir(shop / "new")
    waits = types(*shlex.split(line))
    assert (waits.status, "no model was asked" in waits.err) == (5, True)
    [question] = types("approvals", "--json").document
    assert types("approve", question["id"], "--yes", "--digest", question["digest"]).status == 0
    types("worker", "--until-idle")
    assert "To: ada@example.com" in (shop / "new" / "outbox.txt").read_text()
    assert [run["status"] for run in types("run", "list", "--json").document] == ["completed"]


def test_a_worker_that_cannot_look_for_more_work_ends_with_the_error(
    types: Types, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(self: AgentFlow) -> None:
        raise StorageError("the disk is gone")

    monkeypatch.setattr(AgentFlow, "until_idle", broken)
    done = types("worker", "--until-idle")
    assert (done.status, done.err.splitlines()[-1]) == (1, "agentflow: the disk is gone")


def test_the_version_is_printed(types: Types) -> None:
    assert types("--version").word.startswith("agentflow 0.")


def test_of_all_commands_only_the_one_that_is_called_is_built() -> None:
    """Where options stand before its name they may have values, so nobody guesses which word that is."""
    assert list(tree(["serve", "--port", "0"]).commands) == ["serve"]
    assert list(tree(["run", "serve"]).commands) == ["run"]
    everything = [*COMMANDS, *GROUPS]
    for words in ([], ["rn"], ["--help"], ["--db", "run", "serve"]):
        assert list(tree(words).commands) == everything


def test_the_demo_is_a_command(types: Types, monkeypatch: pytest.MonkeyPatch) -> None:
    import agentflow.cli.demo

    monkeypatch.setattr(agentflow.cli.demo, "demo", lambda yes: 7 if yes else 8)
    assert types("demo", "--yes").status == 7
