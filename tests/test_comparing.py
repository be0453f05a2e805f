"""Texts are compared exactly where that is quick, and quickly where it is not."""

from __future__ import annotations

import time
from difflib import unified_diff

import pytest

from agentflow.comparing import MOST_PAIRS, OFTEN, blocks, lines, matcher, unified

LINES = 3_000
MANY = [f"a = {n % 10}" for n in range(LINES)]
"""Lines of which each stands there hundreds of times: compared exactly, they take a quarter of a minute."""


def rebuilt(old: list[str], new: list[str]) -> list[str]:
    """The new text as the comparison tells it: what is the same from the old one, the rest from the new."""
    parts = list[str]()
    for what, i, j, k, m in matcher(old, new).get_opcodes():
        parts += old[i:j] if what == "equal" else new[k:m]
    return parts


@pytest.mark.parametrize(
    "new",
    [
        [line.replace("3", "b") for line in MANY],
        [line if n % 2 else "z" for n, line in enumerate(MANY)],
        MANY[::-1],
        MANY[7:],
    ],
)
def test_lines_that_stand_everywhere_take_no_minutes(new: list[str]) -> None:
    began = time.process_time()
    assert rebuilt(MANY, new) == new
    assert time.process_time() - began < 1.0


def test_what_stands_everywhere_is_the_same_beside_what_does_not() -> None:
    old = [line for n in range(400) for line in ("", f"x{n}")]
    new = [*old[:401], "new", *old[401:]]
    assert MOST_PAIRS < 400 * 400
    assert OFTEN < 400
    assert [code for code in matcher(old, new).get_opcodes() if code[0] != "equal"] == [("insert", 401, 401, 401, 402)]


def test_where_it_is_quick_nothing_is_left_out() -> None:
    old = ["b", *["a"] * (OFTEN + 5), "c"]
    assert [code[0] for code in matcher(old, ["z", *old[1:-1], "y"]).get_opcodes()] == ["replace", "equal", "replace"]


TEXT = [f"a{n}" for n in range(30)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (TEXT, [*TEXT[:10], "b", *TEXT[11:25], *TEXT[26:]]),
        (TEXT, ["b", *TEXT, "c"]),
        (TEXT, TEXT[5:]),
        (TEXT, []),
        ([], ["a"]),
        (["a"], ["b"]),
        (TEXT, TEXT),
    ],
)
def test_what_differs_is_written_as_everybody_knows_it(old: list[str], new: list[str]) -> None:
    assert unified(old, new, ("ada@1", "ada@2")) == [*unified_diff(old, new, "ada@1", "ada@2", lineterm="")]


def test_blocks_hold_all_of_both_texts() -> None:
    new = [*TEXT[:10], "b", *TEXT[11:25], *TEXT[26:]]
    found = blocks(TEXT, new)
    assert [block.kind for block in found] == [
        "gap", "same", "changed", "same", "gap", "same", "changed", "same", "gap",
    ]  # fmt: skip
    assert [n for block in found for n in block.old] == [*range(30)]
    assert [n for block in found for n in block.new] == [*range(29)]
    assert lines("a\r\nb\rc\n") == ["a", "b", "c"]
