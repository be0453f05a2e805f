"""Stored values as text."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from agentflow.guest.values import encode
from agentflow.page.values import MOST, told


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
def test_a_value_is_text_that_shows_itself(value: object, text: str) -> None:
    assert told(encode(value)) == (text, 0)


def test_a_long_value_is_cut_and_says_by_how_much() -> None:
    assert told("x" * (MOST + 5)) == ("x" * MOST, 5)
