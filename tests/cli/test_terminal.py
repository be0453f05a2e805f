"""At a terminal of 80 columns: it asks, it moves, it colours; ids stay whole; nothing that is printed takes over."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import ASK, BUSY, LOAD, MAIL, Types, plan
from .terminals import At

Has = Callable[[str], None]


@pytest.mark.parametrize(("typed", "status", "after"), [("y\n", 0, "approved"), ("\n", 5, "pending")])
def test_an_approval_is_asked_for(types: Types, has: Has, at_terminal: At, typed: str, status: int, after: str) -> None:
    has(MAIL)
    types("run", "start", "ada", "--wait")
    [question] = types("approvals", "--json").document
    terminal = at_terminal("approve", question["id"])
    terminal.until("Approve? [y/N]")
    assert "mail.send" in terminal.text
    assert question["digest"] in terminal.text
    terminal.type(typed)
    assert terminal.end() == status
    assert types("approvals", "show", question["id"], "--json").document["status"] == after


def test_an_answer_is_asked_for(types: Types, has: Has, at_terminal: At) -> None:
    has(ASK)
    types("run", "start", "ada", "--wait")
    [question] = types("approvals", "--json").document
    terminal = at_terminal("approve", question["id"])
    terminal.until("Your answer")
    terminal.type("blue\n")
    assert terminal.end() == 0
    assert types("approvals", "show", question["id"], "--json").document["decision"]["value"] == "blue"


@pytest.mark.parametrize(
    ("source", "asks"), [(MAIL, "Approve? [y/N]"), (plan('await step.ask("say", "Well?")'), "Your answer")]
)
def test_ctrl_d_at_a_question_decides_nothing(types: Types, has: Has, at_terminal: At, source: str, asks: str) -> None:
    has(source)
    types("run", "start", "ada", "--wait")
    [question] = types("approvals", "--json").document
    terminal = at_terminal("approve", question["id"])
    terminal.until(asks)
    terminal.type("\x04")
    assert terminal.end() == 5
    assert terminal.text.splitlines()[-1] == f"agentflow: {question['id']} was not decided and still waits"
    assert types("approvals", "show", question["id"], "--json").document["status"] == "pending"


def test_ctrl_c_at_a_question_decides_nothing(types: Types, has: Has, at_terminal: At) -> None:
    has(MAIL)
    types("run", "start", "ada", "--wait")
    [question] = types("approvals", "--json").document
    terminal = at_terminal("approve", question["id"])
    terminal.until("Approve? [y/N]")
    terminal.interrupt()
    assert terminal.end() == 130
    assert types("approvals", "show", question["id"], "--json").document["status"] == "pending"


def test_while_a_run_is_waited_for_a_line_moves(types: Types, has: Has, at_terminal: At) -> None:
    has(BUSY.replace("0.01", "0.5"))
    terminal = at_terminal("run", "start", "ada", "--wait")
    assert terminal.end() == 0
    assert "reserve: retrying, 0." in terminal.text
    assert "\x1b[" in terminal.printed
    assert all(len(line) <= 80 for line in terminal.text.replace("\r", "\n").splitlines())


def test_while_a_goal_is_planned_a_line_moves(types: Types, shop: Path, at_terminal: At) -> None:
    (shop / "answers").mkdir()
    (shop / "answers" / "1.md").write_text(f"```python\n{LOAD}```\n")
    types("agent", "create", "ada", "--model", "offline:./answers", "--tools", "*")
    terminal = at_terminal("submit", "ada", "Load", "--payload", '{"id": "1"}', "--wait")
    assert terminal.end() == 0
    assert "plan accepted" in terminal.text


@pytest.mark.parametrize(("environment", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_a_plan_has_line_numbers_and_colours_unless_unwanted(
    types: Types, has: Has, at_terminal: At, environment: dict[str, str], coloured: bool
) -> None:
    has(LOAD)
    terminal = at_terminal("plan", "show", "ada", **environment)
    assert terminal.end() == 0
    assert re.search(r"^ *4 class Plan\(Workflow\):", terminal.text, re.MULTILINE)
    assert ("\x1b[3" in terminal.printed or "\x1b[9" in terminal.printed) is coloured


def test_ids_stay_whole_in_80_columns(types: Types, has: Has, at_terminal: At) -> None:
    has(MAIL)
    types("run", "start", "ada", "--wait")
    [question] = types("approvals", "--json").document
    for words, id_ in ((("run", "list"), question["run"]), (("approvals",), question["id"])):
        terminal = at_terminal(*words)
        assert terminal.end() == 0
        lines = terminal.text.splitlines()
        assert any(line.startswith(id_) for line in lines)
        assert all(len(line) <= 80 for line in lines)


def test_nothing_is_coloured_or_cut_where_there_is_no_terminal(types: Types, has: Has) -> None:
    long = "x" * 200
    has(plan(f'await step.do("{long}", tools.orders.get(id="1"))'))
    done = types("run", "start", "ada", "--id", "long", "--wait")
    assert done.status == 0
    shown = types("run", "show", "long")
    assert long in shown.out
    assert "\x1b" not in done.err + shown.out + shown.err


def test_what_a_plan_writes_cannot_play_with_the_terminal(types: Types, has: Has) -> None:
    evil = r"\x1b[2J\u202e\x07fine"
    has(plan(f'await step.ask("{evil}", "{evil}", details="{evil}")'.replace(f'("{evil}"', '("ask"')))
    types("run", "start", "ada", "--wait")
    [question] = types("approvals", "--json").document
    assert question["question"] == "\x1b[2J\u202e\x07fine"
    for words in (("approvals",), ("approvals", "show", question["id"]), ("approvals", "--json")):
        out = types(*words).out
        assert out.replace("\n", "").isprintable()
        assert "\\u001b[2J\\u202e\\u0007fine" in out
