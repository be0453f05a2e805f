"""A model sees the keys and types of a payload, never a value."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentflow.planner.shape import shape


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (None, "None"),
        (True, "bool"),
        (17, "int"),
        (1.5, "float"),
        ("x", "str"),
        ({}, "dict"),
        ([], "list"),
        ([1, 2, 3], "list[int]"),
        ([1, "x", 2, None], "list[int | str | None]"),
        ([[1], [2.0]], "list[list[int] | list[float]]"),
        ({"$datetime": "2026-01-01T00:00:00Z"}, "datetime"),
        ({"$decimal": "1.20"}, "Decimal"),
        ({"$bytes": "AAAA"}, "bytes"),
        ({"$dict": {"$odd": 1}}, '{\n    "$odd": int,\n}'),
        ({'a"b\n': 1}, '{\n    "a\\"b\\n": int,\n}'),
    ],
)
def test_the_shape_of(payload: Any, expected: str) -> None:
    assert shape(payload) == expected


def test_records_in_records_are_indented() -> None:
    order = {"order": {"id": "17", "lines": [{"sku": "a", "count": 2}, {"sku": "b", "count": 1}]}}
    assert shape(order) == dedent("""\
        {
            "order": {
                "id": str,
                "lines": list[{
                    "sku": str,
                    "count": int,
                }],
            },
        }""")


def test_long_and_deep_payloads_are_cut() -> None:
    wide = shape({f"key{number}": number for number in range(101)})
    assert wide.endswith('"key99": int,\n    ...\n}')
    assert shape([{letter: 1} for letter in "abcdef"]).endswith("} | ...]")
    deep: Any = 1
    for _ in range(2000):
        deep = [{"k": deep}]
    assert "dict" in shape(deep) or "list" in shape(deep)


VALUES = st.text("äöü0123456789", min_size=6).map("V{}".format) | st.integers(min_value=10**6) | st.floats(1e6, 1e9)
PAYLOADS = st.recursive(VALUES, lambda inner: st.lists(inner) | st.dictionaries(st.text("abc", max_size=3), inner))


def leaves(payload: Any) -> Iterator[Any]:
    if isinstance(payload, dict | list):
        for item in payload.values() if isinstance(payload, dict) else payload:
            yield from leaves(item)
    else:
        yield payload


@given(PAYLOADS)
def test_no_value_is_in_a_shape(payload: Any) -> None:
    text = shape(payload)
    assert not [value for value in leaves(payload) if str(value) in text]
