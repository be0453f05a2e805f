"""`agentflow plan graph`: what a plan does, of a file, of a version, of a run; and what it can do, in words."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import BROKEN, LOAD, MAIL, Types, plan
from .terminals import At
from .test_commands import start

Has = Callable[[str], None]
BRANCH = plan(
    'order = await step.do("load", tools.orders.get(id="1"))',
    'if order["total"] > 300:',
    '    await step.do("tell", tools.mail.send(to="ada@example.com", body="Dear Ada"))',
    'return order["total"]',
)
DRAWN = """\
├─ do load  orders.get
└─ if order['total'] > 300
   └─ do tell  mail.send (high risk, needs a person)

It calls mail.send (high risk): at most once; a person must agree to each call.
It calls orders.get, which only reads: at most once.
"""


def test_a_version_is_drawn_and_what_it_can_do_is_said(types: Types, has: Has) -> None:
    has(LOAD)
    has(BRANCH)
    for words in (("ada",), ("ada@2",), ("plan.py", "--agent", "ada")):
        done = types("plan", "graph", *words)
        assert (done.status, done.out) == (0, DRAWN)
    assert types("plan", "graph", "ada@1").out.startswith("└─ do load  orders.get\n")


def test_a_file_is_drawn_without_a_database_and_from_standard_input(
    types: Types, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (shop / "plan.py").write_text(BRANCH)
    done = types("plan", "graph", "plan.py")
    assert done.out == DRAWN
    with (shop / "plan.py").open() as file:
        monkeypatch.setattr("sys.stdin", file)
        assert types("plan", "graph", "-").out == done.out
    assert not (shop / "agentflow.db").exists()


def test_a_graph_is_data_too(types: Types, has: Has) -> None:
    has(BRANCH)
    document = types("plan", "graph", "ada", "--format", "json").document
    assert document == types("plan", "graph", "ada", "--json").document
    assert [node["kind"] for node in document["nodes"]] == ["do", "branch"]
    assert {"source": "start", "target": "do-6-22", "label": ""} in document["edges"]
    assert (document["plan"], document["cut"], document["states"]) == ("ada@1", False, {})
    assert document["abilities"][1] == "It calls orders.get, which only reads: at most once."


def test_a_run_is_shown_on_the_graph_of_its_plan(types: Types, has: Has) -> None:
    has(BRANCH)
    run = start(types)
    shown = types("plan", "graph", "--run", run)
    assert shown.err == f"run {run}: completed\n"
    assert shown.out.splitlines()[:3] == [
        "├─ do load  done  orders.get",
        "└─ if order['total'] > 300",
        "   └─ do tell  skipped  mail.send (high risk, needs a person)",
    ]
    document = types("plan", "graph", "--run", run, "--json").document
    assert document["states"]["do-6-22"] == {"state": "done", "times": 1}
    told = types("run", "show", run, "--graph")
    assert told.out.startswith(f"run      {run}")
    assert told.out.endswith("\n\n" + "".join(shown.out.splitlines(keepends=True)[:3]))
    graph = types("run", "show", run, "--graph", "--json").document["graph"]
    assert graph == {key: document[key] for key in ("nodes", "cut", "edges", "states")}


def test_a_flowchart_is_text_for_mermaid(types: Types, has: Has, shop: Path) -> None:
    has(BRANCH)
    chart = types("plan", "graph", "ada", "--format", "mermaid").out
    assert chart.splitlines()[:3] == ["flowchart TD", "    begin([start])", '    n1["do load<br/>orders.get"]']
    assert types("plan", "graph", "ada", "--format", "mermaid", "-o", "plan.mmd").out == ""
    assert (shop / "plan.mmd").read_text() == chart
    assert "classDef skipped" in types("plan", "graph", "--run", start(types), "--format", "mermaid").out


def test_steps_that_were_many_are_counted(types: Types, has: Has) -> None:
    has(plan("for n in range(3):", '    await step.do(f"load {n}", tools.orders.get(id=str(n)))'))
    assert "do load {n}  done 3 times" in types("plan", "graph", "--run", start(types)).out


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ((), 2, "name one plan"),
        (("ada", "--run", "run_1"), 2, "name one plan"),
        (("bob",), 3, "bob"),
        (("cyd",), 3, "cyd has no plan yet"),
        (("ada@9",), 3, "no version 9"),
        (("ada", "--agent", "ada"), 2, "--agent is for a FILE"),
        (("--run", "run_1", "--agent", "ada"), 2, "--agent is for a FILE"),
        (("nowhere.py",), 3, "there is no file nowhere.py"),
        (("broken.py",), 4, "no graph is drawn of a plan with errors"),
        (("--run", "run_1"), 3, "there is no run run_1"),
    ],
)
def test_what_cannot_be_drawn_is_said(
    types: Types, has: Has, shop: Path, words: tuple[str, ...], status: int, said: str
) -> None:
    has(LOAD)
    types("agent", "create", "cyd", "--model", "offline:demo")
    (shop / "broken.py").write_text(BROKEN)
    done = types("plan", "graph", *words)
    assert (done.status, said in done.err) == (status, True), done.err


def test_an_old_version_is_drawn_when_it_is_asked_for_and_then_kept(types: Types, has: Has, shop: Path) -> None:
    has(BRANCH)
    run = start(types)
    for words in (("ada",), ("--run", run)):
        _sql(shop, "UPDATE plans SET graph = 'null'")
        assert "do load" in types("plan", "graph", *words).out
        assert _sql(shop, "SELECT graph FROM plans") != [("null",)]


def test_an_old_version_that_is_refused_today_has_no_graph_and_is_shown_all_the_same(
    types: Types, has: Has, shop: Path
) -> None:
    has(MAIL)
    run = start(types)
    _sql(shop, "UPDATE plans SET graph = 'null', source = 'import os'")
    for words in (("ada",), ("--run", run)):
        done = types("plan", "graph", *words)
        assert (done.status, "this plan has no graph" in done.err) == (4, True)
    assert types("plan", "show", "ada").out == "import os\n"
    assert types("plan", "show", "ada", "--json").document["abilities"] == []


def test_a_plan_is_shown_with_what_it_can_do(types: Types, has: Has) -> None:
    has(BRANCH)
    assert "can do  It calls mail.send (high risk): at most once; a person must" in types("plan", "show", "ada").err
    assert len(types("plan", "show", "ada", "--json").document["abilities"]) == 2


def test_at_a_terminal_no_line_is_too_long_and_nothing_is_lost(has: Has, at_terminal: At) -> None:
    long = "x" * 60
    has(plan(f'if event.payload["{long}"]:', f'    await step.do("{long}", tools.mail.send(to="a", body="b"))'))
    terminal = at_terminal("plan", "graph", "ada")
    assert terminal.end() == 0
    lines = terminal.text.splitlines()
    assert max(map(len, lines)) <= 80
    assert "mail.send (high risk, needs a person)" in [line.strip() for line in lines]
    assert any("\x1b[1;31m" in line for line in terminal.printed.splitlines()), "high risk is red"


def _sql(shop: Path, statement: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(shop / "agentflow.db") as database:
        return database.execute(statement).fetchall()


def test_a_picture_goes_to_a_file_or_to_standard_output(types: Types, has: Has, shop: Path) -> None:
    has(BRANCH)
    done = types("plan", "graph", "ada", "--format", "svg")
    assert done.out.startswith("<svg ")
    assert (types("plan", "graph", "ada", "-o", "plan.svg").out, (shop / "plan.svg").read_text()) == ("", done.out)
    colours = types("plan", "graph", "--run", start(types), "--format", "svg").out
    assert 'class="kind-do is-done"' in colours
    assert 'class="kind-do is-skipped"' in colours


def test_text_and_data_go_to_a_file_too(types: Types, has: Has, shop: Path) -> None:
    has(BRANCH)
    for form in ("text", "json"):
        shown = types("plan", "graph", "ada", "--format", form).out
        for name in ("plan.out", "plan.svg"):  # what is asked for by name wins over what a file is called
            assert types("plan", "graph", "ada", "--format", form, "-o", name).out == ""
            assert (shop / name).read_text() == shown
    done = types("plan", "graph", "ada", "-o", "nowhere/plan.svg")
    assert (done.status, "nowhere/plan.svg cannot be written: No such file" in done.err) == (2, True)
