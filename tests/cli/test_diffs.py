"""`agentflow plan diff`: two versions line by line, below or beside each other, and in words."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from agentflow.cli.diffs import beside, drawn
from agentflow.graph.diff import Version
from agentflow.records import PlanVersion

from .conftest import LOAD, MAIL, Types

Has = Callable[[str], None]


def test_the_lines_and_what_they_mean(types: Types, has: Has) -> None:
    has(LOAD)
    has(MAIL)
    done = types("plan", "diff", "ada@1", "ada@2")
    assert done.status == 0
    lines = done.out.splitlines()
    assert lines[:2] == ["--- ada@1", "+++ ada@2"]
    assert '-        return {"total": order["total"]}' in lines
    assert "Now it calls mail.send (high risk): at most once; a person must agree to each call." in lines
    assert "No longer: it calls orders.get, which only reads: at most once." in lines
    document = types("plan", "diff", "ada@1", "ada@2", "--json").document
    assert (document["before"], document["after"]) == ("ada@1", "ada@2")
    assert document["changes"]["tools"]["removed"] == ["orders.get"]
    assert document["diff"] == lines[: lines.index("")]
    assert document["words"] == lines[lines.index("") + 1 :]


def test_a_version_beside_itself_is_the_same(types: Types, has: Has) -> None:
    has(LOAD)
    assert types("plan", "diff", "ada@1", "ada@1").out.splitlines()[0] == "the source is the same"


def test_a_wide_terminal_shows_both_beside_each_other(types: Types, has: Has, monkeypatch: pytest.MonkeyPatch) -> None:
    has(LOAD)
    has(MAIL)
    monkeypatch.setenv("COLUMNS", "200")
    assert types("plan", "diff", "ada@1", "ada@2").out.startswith("--- ada@1")  # a pipe is no terminal
    lines = types("plan", "diff", "ada@1", "ada@2", "--side-by-side").out.splitlines()
    assert [part.strip() for part in lines[0].split("│")] == ["ada@1", "ada@2"]
    [gone] = [line.split("│")[0].split() for line in lines if 'order["total"]' in line]
    assert gone[1:] == ["return", '{"total":', 'order["total"]}']
    same = types("plan", "diff", "ada@1", "ada@1", "--side-by-side").out.splitlines()
    assert same[0] == "the source is the same"


def test_beside_each_other_lines_fold_and_keep_to_their_side() -> None:
    before, after = (
        _version(f"ada@{n}", source) for n, source in ((1, "a\nb" + "\nz" * 9), (2, "x" * 50 + "\nb" + "\nz" * 9))
    )
    assert [line.plain for line in beside(before, after, 63)] == [
        "ada@1                          │ ada@2",
        f"   1 a                         │    1 {'x' * 25}",
        f"                               │      {'x' * 25}",
        *(f"   {n} {text}                         │    {n} {text}" for n, text in ((2, "b"), (3, "z"), (4, "z"))),
        "... 7 lines are the same",
    ]
    once, twice = (_version("ada@1", "z\n" * n + f"{n}") for n in (4, 5))
    assert beside(once, twice, 63)[1].plain == "... 1 line is the same"


def _version(name: str, source: str) -> Version:
    found = PlanVersion("agent-1", 1, "", source, "Plan", "anna", None, None, (), 1, "3.13", 0.0)
    return Version(name, found, None)


def test_what_came_and_what_went_has_a_colour() -> None:
    lines = drawn(["--- ada@1", "+++ ada@2", "@@ -1 +1 @@", "-old\x1b[2J", "+new", " same"])
    assert [line.style for line in lines] == ["bold", "bold", "cyan", "red", "green", ""]
    assert lines[3].plain == "-old\\u001b[2J"


def test_of_a_plan_that_is_refused_today_only_the_lines_are_shown(types: Types, has: Has, shop: Path) -> None:
    has(LOAD)
    has(MAIL)
    with sqlite3.connect(shop / "agentflow.db") as connection:
        connection.execute("UPDATE plans SET graph = 'null', source = 'import os' WHERE number = 1")
    connection.close()
    document = types("plan", "diff", "ada@1", "ada@2", "--json").document
    assert (document["changes"], document["words"]) == (None, [])
    assert "-import os" in document["diff"]


def test_both_versions_must_be_named_and_be_there(types: Types, has: Has) -> None:
    has(LOAD)
    bare = types("plan", "diff", "ada", "ada@1")
    assert (bare.status, "'ada' names no version: write ada@1 for the first" in bare.err) == (2, True)
    assert types("plan", "diff", "ada@1", "ada@7").status == 3
