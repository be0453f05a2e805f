"""What is too large or too odd to look at is refused before it costs anything."""

from __future__ import annotations

import time

import pytest

from agentflow.guest.syntax import parse, syntax_problem

from .language import as_plan

TOO_MUCH = {
    "size": ("x = 1\n" * 20_000, "larger than 64 kB"),
    "parts": ("f(" + "1," * 9000 + ")", "more than 8000 parts"),
    "brackets": ("x = " + "[" * 70 + "]" * 70, "brackets nested deeper"),
    "depth": ("x = " + "-" * 80 + "1", "nested deeper than 60"),
    "chain": ("x = a" + ".b" * 80, "nested deeper than 60"),
    "parser": ("x = " + "-" * 50_000 + "1", "nested"),
    "integer": ("x = 0x" + "f" * 100, "more than 256 bits"),
    "digits": ("x = " + "1" * 5000, "invalid syntax"),
    "text": ("x = '" + "a" * 20_001 + "'", "more than 20000"),
    "bytes": ("x = b'" + "a" * 20_001 + "'", "more than 20000"),
    "exponent": ("x = 2 ** 100000", "an exponent above 512"),
    "shift": ("x = 1 << 1000", "an exponent above 512"),
    "finally": (
        "try: x\nfinally:\n" + "".join(f"{' ' * n} try: x\n{' ' * n} finally:\n" for n in range(20)) + " " * 21 + "x",
        "'finally' with too much",
    ),
    "null": ("x = 1\n\x00", "a control character"),
    "surrogate": ("x = '\ud800'", "half a surrogate"),
    "direction": ("x = 'a\u202eb'", "changes the direction"),
    "syntax": ("x = = 1", "invalid syntax"),
    "indentation": ("if x:\nx", "expected an indented block"),
}


@pytest.mark.parametrize(("source", "message"), TOO_MUCH.values(), ids=TOO_MUCH)
def test_what_is_too_much_is_refused_at_once(source: str, message: str) -> None:
    start = time.process_time()
    tree, problems = parse(source)
    assert tree is None
    assert any(message in problem.message and problem.advice for problem in problems), problems
    assert time.process_time() - start < 1


def test_a_place_in_the_text_is_told() -> None:
    _, problems = parse("x = 1\ny = '\u202e'\n")
    assert problems[0][:2] == (2, 6)


def test_text_in_other_languages_is_fine() -> None:
    assert as_plan("result = 'Grüße 東京 😀'  # für später") == "Grüße 東京 😀"


def test_unreadable_source_is_a_problem_not_an_error() -> None:
    assert syntax_problem(ValueError("odd")).message == "the plan cannot be read: odd"
    assert syntax_problem(RecursionError()).message == "the plan is nested too deeply to be read"
    assert syntax_problem(SyntaxError("invalid syntax")) == (1, 1, "invalid syntax", "correct this line")
