"""What waits for people as the commands show it, and the ways to decide it there."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentflow.cli.editing import edited
from agentflow.errors import UsageError

from .conftest import MAIL, Types, plan
from .terminals import At

ASKS_FIRST = plan(
    'order = await step.do("load", tools.orders.get(id="1"))',
    'mail = tools.mail.send(to="ada@example.com", body=f"{order[\'total\']} EUR")',
    'said = await step.wait_for_approval("agree", "Send it?", call=mail)',
    'await step.do("tell", said.call)',
    'await step.sleep("let it rest", "1 day")',
)
Has = Callable[[str], None]


def asked(types: Types, runs: int = 1) -> list[Any]:
    """So many runs, and what they ask."""
    for _ in range(runs):
        types("run", "start", "ada")
    types("worker", "--until-idle")
    found: list[Any] = types("approvals", "--json").document
    return found


def test_a_question_shows_the_plan_around_it_and_who_may_decide(types: Types, has: Has) -> None:
    has(ASKS_FIRST)
    policy = ("--approvers", "anna,local", "--quorum", "2", "--self", "--due", "1h")
    assert types("agent", "create", "ada", "--update", *policy).status == 0
    [question] = asked(types)
    shown = types("approvals", "show", question["id"])
    lines = [line.rstrip() for line in shown.out.splitlines()]
    for line in (
        "plan      ada@1, for local",
        "who       anna, local",
        "agreed    0 of 2",
        "calls     mail.send",
        '          to    "ada@example.com"',
        "before    load  done",
        "next      do tell  mail.send (high risk, needs a person), as approved",
        "          sleep let it rest  1 day",
    ):
        assert line in lines
    assert any(line.startswith("due ") for line in lines)
    assert [line for line in lines if line.startswith(">")] == [
        '>      8  said = await step.wait_for_approval("agree", "Send it?", call=mail)'
    ]
    assert "the plan asks before it makes this call" in shown.out
    assert f"agentflow approve {question['id']} --edit" in shown.err


def test_where_several_have_to_agree_it_says_who_has(types: Types, has: Has) -> None:
    has(ASKS_FIRST)
    types("agent", "create", "ada", "--update", "--quorum", "2", "--self")
    [question] = asked(types)
    done = types("approve", question["id"], "--yes", "--comment", "fine", "--json")
    assert (done.status, done.document["status"]) == (0, "pending")
    assert "is pending: 1 of 2 have agreed (local)" in done.err
    assert types("approve", question["id"], "--yes").status == 0
    shown = types("approvals", "show", question["id"], "--json").document
    assert (shown["agreed"], shown["needed"], shown["deciders"]) == (["local"], 2, None)
    [said] = shown["decisions"]
    assert (said["who"], said["comment"], said["seen"]) == ("local", "fine", question["digest"])
    text = types("approvals", "show", question["id"]).out
    assert "agreed    1 of 2, so far local" in text
    assert "local  agreed: fine" in text


def test_what_nobody_can_decide_says_so(types: Types, has: Has) -> None:
    has(MAIL)
    types("agent", "create", "ada", "--update", "--approvers", "local", "--no-self")
    [question] = asked(types)
    assert "but       1 has to agree, and nobody may of local" in types("approvals", "show", question["id"]).out
    refused = types("approve", question["id"], "--yes")
    assert (refused.status, "having asked for it" in refused.err) == (4, True)
    own, reject = types("approvals", "show", question["id"]).err.splitlines()
    assert own == refused.err.removeprefix("agentflow: ").strip()
    assert reject == f"agentflow reject {question['id']} --comment WHY"


def test_who_may_not_decide_is_told_why_and_no_command(types: Types, has: Has) -> None:
    has(MAIL)
    types("agent", "create", "ada", "--update", "--approvers", "anna")
    [question] = asked(types)
    told = types("approvals", "show", question["id"]).err
    assert told == f"local may not decide {question['id']}: that is for anna\n"


def test_arguments_are_edited_on_the_command_line_and_the_difference_is_shown(types: Types, has: Has) -> None:
    has(ASKS_FIRST)
    [question] = asked(types)
    new = {"to": "bob@example.com", "body": "250 EUR"}
    wrong = types("approve", question["id"], "--yes", "--args", json.dumps({"to": "bob@example.com"}))
    assert (wrong.status, "mail.send does not take these arguments: body" in wrong.err) == (2, True)
    assert types("approve", question["id"], "--yes", "--args", json.dumps(new)).status == 0
    shown = types("approvals", "show", question["id"])
    assert '          to    "bob@example.com"  (was "ada@example.com")' in shown.out
    assert "edited it and agreed" in shown.out
    late = types("approve", question["id"], "--edit")
    assert late.status == 4
    assert late.err == f"agentflow: {question['id']} is approved already: its arguments cannot be edited any more\n"
    [edit] = types("approvals", "show", question["id"], "--json").document["edits"]
    assert edit == {
        "tool": "mail.send",
        "argument": "to",
        "before": ["ada@example.com"],
        "after": ["bob@example.com"],
    }


@pytest.mark.parametrize(
    ("editor", "status", "words"),
    [("sed -i s/ada/bob/", 0, '"bob@example.com"  (was "ada@example.com")'), ("true", 5, "nothing was edited")],
)
def test_arguments_are_edited_in_an_editor(
    types: Types, has: Has, at_terminal: At, editor: str, status: int, words: str
) -> None:
    has(ASKS_FIRST)
    [question] = asked(types)
    terminal = at_terminal("approve", question["id"], "--edit", EDITOR=editor, VISUAL="")
    if status == 0:
        terminal.until("Approve? [y/N]")
        terminal.type("y\n")
    assert terminal.end() == status
    assert words in terminal.text


@pytest.mark.parametrize(
    ("editor", "words"),
    [
        ("false", "'false' ended with status 1: nothing was taken from it"),
        ("no-such-editor", "'no-such-editor' cannot be started: "),
        ("two 'quotes", "cannot be started: No closing quotation"),
    ],
)
def test_an_editor_that_fails_gives_nothing(monkeypatch: pytest.MonkeyPatch, editor: str, words: str) -> None:
    monkeypatch.setenv("VISUAL", editor)
    with pytest.raises(UsageError, match=words):
        edited("text", "a.json")


def test_many_are_decided_at_once_and_each_is_told(types: Types, has: Has) -> None:
    has(MAIL)
    first, second = asked(types, 2)
    assert types("approve", first["id"], second["id"]).status == 2
    wrong = types("approve", first["id"], second["id"], "--yes", "--digest", first["digest"])
    assert (wrong.status, "give --digest once for each approval: 2 times, not 1" in wrong.err) == (2, True)
    done = types("approve", first["id"], "approval_x", "--yes", "--json")
    assert [(one["id"], one["result"]) for one in done.document] == [
        (first["id"], "approved"),
        ("approval_x", "NotFound"),
    ]
    assert (done.status, "1 of 2 did not hold: the list says why" in done.err) == (4, True)
    both = types("reject", first["id"], second["id"], "--comment", "no")
    assert [line.split()[1] for line in both.out.splitlines()[1:]] == ["conflict", "rejected"]
    assert "is already approved by local" in both.out
    edits = types("approve", first["id"], second["id"], "--yes", "--edit")
    assert (edits.status, "answer and edit one by one" in edits.err) == (2, True)


@pytest.mark.parametrize(("typed", "status", "left"), [("y\n", 0, 0), ("\n", 5, 2)])
def test_many_are_shown_and_asked_about_once(
    types: Types,
    has: Has,
    at_terminal: At,
    typed: str,
    status: int,
    left: int,
) -> None:
    has(MAIL)
    ids = [question["id"] for question in asked(types, 2)]
    terminal = at_terminal("approve", *ids)
    terminal.until("Approve all 2? [y/N]")
    assert terminal.text.count("mail.send") >= 2
    terminal.type(typed)
    assert terminal.end() == status
    assert len(types("approvals", "--json").document) == left


def test_plans_that_wait_for_a_review_are_in_the_list_too(types: Types, shop: Path) -> None:
    (shop / "answers").mkdir()
    (shop / "answers" / "1.md").write_text(f"```python\n{MAIL}```\n")
    types("agent", "create", "ada", "--model", "offline:./answers", "--tools", "*", "--review", "always")
    types("submit", "ada", "Tell Ada.", "--wait")
    [goal] = types("approvals", "--json").document
    assert (goal["kind"], goal["status"], goal["agent"], goal["version"]) == ("plan", "review", "ada", 1)
    assert types("approvals").out.splitlines()[1].split()[:3] == [goal["id"], "plan", "review"]
    look = types("approvals", "show", goal["id"])
    assert (look.status, f"`agentflow goal show {goal['id']}`" in look.err) == (2, True)
    for words in (("approve", goal["id"], "--yes"), ("reject", goal["id"], "--comment", "No.")):
        said = types(*words)
        assert (said.status, f"`agentflow goal {words[0]} {goal['id']}`" in said.err) == (2, True)


def test_a_question_of_a_run_that_is_paused_is_marked(types: Types, has: Has) -> None:
    """What is decided is heard when the run goes on."""
    has(ASKS_FIRST)
    first, second = asked(types, 2)
    types("run", "pause", first["run"])
    types("worker", "--until-idle")
    lines = {line.split()[0]: line for line in types("approvals").out.splitlines()}
    assert "run paused" in lines[first["id"]]
    assert "pending" in lines[second["id"]]
    told = {one["id"]: one["run_paused"] for one in types("approvals", "--json").document}
    assert told == {first["id"]: True, second["id"]: False}
