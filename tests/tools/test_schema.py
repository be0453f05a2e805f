"""Values against schemas, in words; and which schemas of a stranger are taken at all."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from agentflow.tools.schema import check_schema, problems

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
MOMENT = {"type": "string", "format": "date-time"}
MANY = {"type": "object", "properties": {f"p{n}": {} for n in range(100)}, "additionalProperties": False}


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (MOMENT, NOON),
        (MOMENT, "2026-01-02T12:00:00Z"),
        ({"anyOf": [MOMENT, {"type": "null"}]}, NOON),
        ({"type": "string", "format": "binary"}, b"x"),
        ({"type": "number", "minimum": 1}, Decimal("1.5")),
        ({"type": "integer"}, Decimal(5)),
        ({"type": "integer"}, Decimal("1E+999999")),
        ({"type": ["integer", "null"]}, 5.0),
        ({"multipleOf": 0.01}, 19.99),
        ({"multipleOf": 2}, "text"),
        ({"format": "decimal"}, "1.20"),
        ({"format": "date"}, "2026-01-02"),
        ({"format": "uuid"}, "00000000-0000-0000-0000-000000000001"),
        ({"format": "of my own"}, "anything"),
        ({"$defs": {"n": {"type": "integer"}}, "type": "array", "items": {"$ref": "#/$defs/n"}}, [1, 2]),
        (True, NOON),
    ],
)
def test_these_fit(schema: Any, value: Any) -> None:
    assert problems(schema, value) == []


@pytest.mark.parametrize(
    ("schema", "value", "line"),
    [
        ({"type": "string"}, 5, "must be text, not a number"),
        ({"type": "string"}, NOON, "must be text, not a datetime"),
        ({"type": "string", "format": "date"}, NOON, "must be text, not a datetime"),
        ({"type": "string"}, b"x", "must be text, not a bytes"),
        ({"type": "string"}, Decimal(1), "must be text, not a Decimal"),
        ({"type": "integer"}, 1.5, "must be a whole number, not a number"),
        ({"type": "integer"}, Decimal("1.5"), "must be a whole number, not a Decimal"),
        ({"type": "number"}, True, "must be a number, not true or false"),
        ({"type": ["string", "null"]}, [], "must be text or null, not a list"),
        ({"type": "object"}, None, "must be an object, not null"),
        ({"type": "array"}, {}, "must be a list, not an object"),
        ({"required": ["a", "b"]}, {}, "a, b are missing"),
        ({"properties": {"a": {"required": ["b"]}}}, {"a": {}}, "a: b is missing"),
        ({"properties": {"a": {}}, "additionalProperties": False}, {"b": 1}, "b is not known; known: a"),
        ({"additionalProperties": False}, {"b": 1}, "b is not known; known: none"),
        ({"properties": {"a": {"items": {"type": "null"}}}}, {"a": [None, 1]}, "a[1]: must be null, not a number"),
        ({"properties": {"a": False}}, {"a": 1}, "is not allowed"),
        ({"enum": ["ä", 1]}, "b", 'must be one of "ä", 1'),
        ({"const": 1}, 2, "must be 1"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, 5, "must be text or null, not a number"),
        (
            {"anyOf": [{"type": "string", "maxLength": 1}, {"type": "null"}]},
            "long",
            "fits none of the forms that the schema allows",
        ),
        ({"oneOf": [{"minimum": 5}, False]}, 1, "fits none of the forms that the schema allows"),
        ({"uniqueItems": True}, [1, 1], "must not hold the same item twice"),
        ({"multipleOf": 0.01}, Decimal("0.001"), "must be a multiple of 0.01"),
        ({"multipleOf": 0.01}, Decimal("1E+999999"), "must be a multiple of 0.01"),
        ({"minLength": 2}, "a", "must have at least 2 characters"),
        ({"format": "date"}, "tomorrow", 'must be in the format "date"'),
        ({"format": "decimal"}, "much", 'must be in the format "decimal"'),
        ({"contains": {"const": 1}}, [2], "breaks the schema's rule 'contains'"),
    ],
)
def test_these_do_not_and_the_line_says_why(schema: Any, value: Any, line: str) -> None:
    assert problems(schema, value) == [line]


def test_every_problem_has_its_line_and_a_long_one_is_cut() -> None:
    assert problems({"properties": {"a": {"type": "null"}, "b": {"type": "null"}}}, {"a": 1, "b": 2}) == [
        "a: must be null, not a number",
        "b: must be null, not a number",
    ]
    assert len(problems(MANY, {"q": 1})[0]) < 300


def test_of_many_problems_the_first_are_told() -> None:
    assert len(problems({"items": {"type": "null"}}, [1] * 100)) == 20


def test_the_value_itself_is_never_shown() -> None:
    assert "hunter2" not in str(problems({"type": "integer"}, "hunter2"))


def test_a_schema_that_turns_in_a_circle_is_a_problem_not_a_crash() -> None:
    assert problems({"$ref": "#"}, 1) == ["is nested too deeply"]


def nested(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {}
    for _ in range(levels):
        schema = {"items": schema}
    return schema


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "enum": ["a"]},
        {"properties": {"pattern": {"type": "string"}, "$ref": {"type": "string"}}},
        {"const": {"pattern": "a"}, "anyOf": [True, {"default": {"$ref": 1}}]},
    ],
)
def test_a_plain_schema_is_usable(schema: Any) -> None:
    assert check_schema(schema) is None


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ("string", "a JSON schema is an object"),
        ({"type": "text"}, "this is no JSON schema: type: fits none"),
        (
            {"properties": {"a": {"minimum": "1"}}},
            "this is no JSON schema: properties.a.minimum: must be a number, not text",
        ),
        ({"enum": [Decimal(1)]}, "the JSON schema holds what is not JSON"),
        (nested(1500), "the JSON schema is nested too deeply"),
        ({"properties": {f"a{n}": {} for n in range(2000)}}, "the JSON schema is larger than 16 kB"),
        ({"pattern": "(a+)+b"}, "'pattern' is not allowed in this JSON schema; use enum"),
        ({"items": [{"anyOf": [{"$ref": "http://example.com"}]}][0]}, "'$ref' is not allowed"),
        ({"properties": {"a": {"patternProperties": {}}}}, "'patternProperties' is not allowed"),
    ],
)
def test_a_strangers_schema_that_is_wrong_or_could_run_without_end_is_refused(schema: Any, why: str) -> None:
    assert (check_schema(schema) or "").startswith(why)
