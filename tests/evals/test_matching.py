"""What a task says of arguments and results: at least this, and three forms for what a plan may word itself."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from agentflow.evals.matching import fits, flaw, matches
from agentflow.records import Json


@pytest.mark.parametrize(
    ("wanted", "value"),
    [
        ({"a": 1}, {"a": 1, "b": 2}),
        ({"a": {"b": [1, {"c": 2}]}}, {"a": {"b": [1, {"c": 2, "d": 3}]}}),
        ({"a": {"any": True}}, {"a": None}),
        ({"like": "^dear ada"}, "Dear Ada,\nyour refund"),
        ({"like": "2027-01"}, datetime(2027, 1, 15, tzinfo=UTC)),
        ({"near": 49.9}, Decimal("49.901")),
        (49.9, Decimal("49.90")),
        (40, 40.0),
        (True, True),
        (None, None),
        ({}, {"a": 1}),
        ("2027-01-15T00:00:00+00:00", datetime(2027, 1, 15, tzinfo=UTC)),
    ],
)
def test_it_fits(wanted: Json, value: Any) -> None:
    assert matches(wanted, value)


@pytest.mark.parametrize(
    ("wanted", "value"),
    [
        ({"a": 1}, {"b": 1}),
        ({"a": 1}, [1]),
        ([1, {"any": True}], [1]),
        ([1], [1, 2]),
        ([1], "1"),
        ({"like": "ada"}, "Bob"),
        ({"like": "1"}, 1),
        ({"near": 1.0}, 1.02),
        ({"near": 1.0}, "1.0"),
        ({"near": 1}, True),
        (1, True),
        (True, 1),
        ("40", 40),
        (40, "40"),
    ],
)
def test_it_does_not_fit(wanted: Json, value: Any) -> None:
    assert not matches(wanted, value)


def test_stored_arguments_are_compared_as_the_values_they_stand_for() -> None:
    assert fits({"amount": {"near": 5.0}}, {"amount": {"$decimal": "5.00"}, "to": "x"})


@pytest.mark.parametrize("wanted", [{"a": [{"like": "("}]}, {"near": "much"}, {"a": {"near": None}}, {"like": 3}])
def test_a_pattern_that_can_match_nothing_is_a_flaw(wanted: Json) -> None:
    assert flaw(wanted) is not None


def test_every_other_pattern_has_no_flaw() -> None:
    assert flaw({"a": [1, {"like": "x"}], "b": {"near": 2}, "c": {"any": True}}) is None
