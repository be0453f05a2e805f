"""Texts are compared exactly where that is quick, and quickly where it is not."""

from __future__ import annotations

import time

import pytest

from agentflow.page.comparing import MOST_PAIRS, OFTEN, matcher

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
