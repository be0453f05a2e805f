"""Values as a page shows them, and what of them was edited."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from agentflow.guest.values import encode
from agentflow.page.showing import DEEP, LONG, MOST, WRITTEN, Shown, arguments, shown, written
from agentflow.records import Call


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (None, "word", "none"),
        (True, "word", "yes"),
        (False, "word", "no"),
        (0, "word", "0"),
        (1.5, "word", "1.5"),
        (Decimal("49.90"), "word", "49.90"),
        (datetime(2026, 1, 31, 8, tzinfo=UTC), "word", "2026-01-31 08:00:00+00:00"),
        (b"abc", "word", "3 bytes: YWJj"),
        ("", "word", "(empty text)"),
        ({}, "word", "(nothing in it)"),
        ([], "word", "(nothing in it)"),
        ("a\nb", "text", "a\nb"),
        ("pay \u202eme", "text", "pay \\u202eme"),
    ],
)
def test_a_value_reads_as_people_say_it_and_hides_nothing(value: Any, kind: str, text: str) -> None:
    assert shown(encode(value)) == Shown(kind, text)  # type: ignore[arg-type]  # one of its kinds


def test_what_is_large_is_folded_or_counted_and_what_is_deep_is_written_out() -> None:
    assert shown("x" * (LONG + 1)).kind == "long"
    long = shown(list(range(MOST + 3)))
    assert (len(long.parts), long.parts[0][0], long.more) == (MOST, "1", 3)
    assert shown({str(n): n for n in range(MOST + 1)}).more == 1
    deep: Any = "end"
    for _ in range(DEEP + 2):
        deep = {"in": deep}
    found = shown(deep)
    for _ in range(DEEP):
        [(name, found)] = found.parts
        assert name == "in"
    assert found.text == "{'in': {'in': 'end'}}"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("two\nlines\tand \u202eturned", "two\nlines\tand \\u202eturned"),
        ({"a": [1, None, "é"]}, '{\n  "a": [\n    1,\n    null,\n    "é"\n  ]\n}'),
        (Decimal("49.90"), '"49.90"'),
        ([datetime(2026, 11, 26, tzinfo=UTC), b"ab"], '[\n  "2026-11-26T00:00:00+00:00",\n  "YWI="\n]'),
        (None, "null"),
    ],
)
def test_a_value_that_is_written_out_is_text_that_shows_itself(value: object, text: str) -> None:
    assert written(encode(value)) == Shown("written", text)


def test_a_long_value_is_cut_and_says_by_how_much() -> None:
    assert written("x" * (WRITTEN + 5)) == Shown("written", "x" * WRITTEN, more=5)


def test_of_an_edited_call_each_argument_tells_what_it_was() -> None:
    was = Call("mail.send", {"to": "anna", "body": "Dear Anna,\nall is well", "cc": "bert", "n": 1})
    now = Call("mail.send", {"to": "anna", "body": "Dear Anna,\nnothing is well", "n": 2, "bcc": "carl"})
    told = {one.name: one for one in arguments(now, was)}
    assert not told["to"].edited
    assert (told["cc"].now, told["cc"].was) == (None, Shown("text", "bert"))
    assert (told["bcc"].now, told["bcc"].was) == (Shown("text", "carl"), None)
    assert (told["n"].was, told["n"].pieces) == (Shown("word", "1"), ())
    assert [(one.change, one.text) for one in told["body"].pieces] == [
        ("same", "Dear Anna, \n"), ("gone", "all"), ("new", "nothing"), ("same", "is well"),
    ]  # fmt: skip


def test_only_texts_of_words_are_compared_and_no_books() -> None:
    def pieces(before: str, after: str) -> int:
        [one] = arguments(Call("t.t", {"a": after}), Call("t.t", {"a": before}))
        return len(one.pieces)

    assert pieces("one", "two") == 0
    assert pieces("a b", "a") == 2
    assert pieces("a", "a b") == 2
    assert pieces("x " * MOST * 20, "y " * MOST * 20) == 0
