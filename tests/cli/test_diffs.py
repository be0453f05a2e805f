"""`agentflow plan diff`: two versions side by side, line by line and in words."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from agentflow.cli.diffs import drawn

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
    assert "It calls mail.send (high risk, needs a person) now." in lines
    assert "It no longer calls orders.get." in lines
    document = types("plan", "diff", "ada@1", "ada@2", "--json").document
    assert (document["from"], document["to"]) == ("ada@1", "ada@2")
    assert document["changes"]["tools"]["removed"] == ["orders.get"]
    assert document["diff"] == lines[: lines.index("")]
    assert document["words"] == lines[lines.index("") + 1 :]


def test_a_version_beside_itself_is_the_same(types: Types, has: Has) -> None:
    has(LOAD)
    assert types("plan", "diff", "ada@1", "ada@1").out.splitlines()[0] == "the source is the same"


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
