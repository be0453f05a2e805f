"""What is made from a schema fits it, is the same each time, and says whether the schema tells it all."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentflow.records import ToolSpec
from agentflow.tools.schema import problems
from agentflow.trial import stubs

from ..plans.catalogue import TOOLS

TEXTS = st.fixed_dictionaries(
    {"type": st.just("string")},
    optional={
        "minLength": st.integers(0, 30),
        "format": st.sampled_from(["date", "time", "email", "uuid", "ipv4", "ipv6", "date-time", "byte"]),
    },
)
NUMBERS = st.one_of(
    st.fixed_dictionaries({"type": st.sampled_from(["integer", "number"])}, optional={"minimum": st.integers(-50, 50)}),
    st.fixed_dictionaries({"type": st.just("number")}, optional={"maximum": st.integers(-50, 50)}),
    st.fixed_dictionaries(
        {"type": st.just("integer"), "exclusiveMinimum": st.integers(-9, 9), "exclusiveMaximum": st.integers(12, 40)}
    ),
    st.fixed_dictionaries(
        {"type": st.just("integer"), "minimum": st.integers(-50, 50), "multipleOf": st.integers(1, 9)}
    ),
)
NAMED = st.one_of(
    st.fixed_dictionaries({"enum": st.lists(st.integers() | st.text(max_size=3), min_size=1)}),
    st.fixed_dictionaries({"const": st.none() | st.booleans() | st.text(max_size=3)}),
    st.fixed_dictionaries({"type": st.just("integer"), "examples": st.lists(st.integers(), min_size=1)}),
    st.fixed_dictionaries({"type": st.just("boolean"), "default": st.booleans()}),
    st.sampled_from([{"type": "boolean"}, {"type": "null"}, {}, {"type": ["null", "integer"]}]),
)


def around(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Schemas with others in them."""
    keys = st.dictionaries(st.sampled_from(["a", "b", "c"]), inner)
    return st.one_of(
        st.fixed_dictionaries(
            {"type": st.just("array"), "items": inner}, optional={"minItems": st.integers(0, 3), "maxItems": st.just(3)}
        ),
        st.builds(
            lambda properties, open_: {
                "type": "object",
                "properties": properties,
                "required": sorted(properties),
                **({} if open_ else {"additionalProperties": False}),
            },
            keys,
            st.booleans(),
        ),
        st.fixed_dictionaries({"type": st.just("object"), "additionalProperties": inner}),
        st.builds(lambda one: {"anyOf": [{"type": "null"}, one]}, inner),
        st.builds(lambda one: {"allOf": [one]}, inner),
    )


SCHEMAS = st.recursive(st.one_of(TEXTS, NUMBERS, NAMED), around, max_leaves=8)


@settings(max_examples=60)
@given(SCHEMAS | st.builds(lambda one: {"$defs": {"it": one}, "$ref": "#/$defs/it"}, SCHEMAS))
def test_what_is_made_fits_the_schema_and_is_the_same_each_time(schema: dict[str, Any]) -> None:
    made = stubs.make(schema)
    assert problems(schema, made.value) == []
    assert stubs.make(schema) == made


@pytest.mark.parametrize("spec", TOOLS, ids=lambda spec: spec["name"])
def test_arguments_of_tools_can_be_made_too(spec: dict[str, Any]) -> None:
    assert problems(spec["parameters"], stubs.make(spec["parameters"]).value) == []


CLOSED = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}


@pytest.mark.parametrize(
    ("schema", "sure"),
    [
        (CLOSED, True),
        ({**CLOSED, "additionalProperties": False}, True),
        ({**CLOSED, "additionalProperties": True}, False),
        ({**CLOSED, "required": []}, False),
        ({"type": "object"}, False),
        ({"type": "object", "additionalProperties": False}, True),
        ({"type": "object", "additionalProperties": {"type": "string"}}, False),
        ({"type": "array", "items": CLOSED}, True),
        ({"type": "array"}, False),
        ({"type": "array", "prefixItems": [{"type": "integer"}], "items": False}, True),
        ({"type": "string"}, True),
        ({"type": "string", "pattern": "^x$"}, False),
        ({"type": "string", "format": "date-time"}, False),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, True),
        ({"type": "null"}, True),
        ({}, False),
        (True, False),
        ({"$ref": "#/$defs/it", "$defs": {"it": CLOSED}}, True),
        ({"$ref": "#/$defs/gone"}, False),
    ],
)
def test_it_is_sure_where_the_schema_tells_everything(schema: Any, sure: bool) -> None:
    assert stubs.make(schema).sure is sure


def test_a_schema_that_is_made_of_itself_ends() -> None:
    tree = {"$defs": {"tree": {"type": "object", "properties": {"in": {"$ref": "#/$defs/tree"}}, "required": ["in"]}}}
    assert stubs.make({**tree, "$ref": "#/$defs/tree"}).sure is False
    endless = {"$defs": {"a": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"}
    assert stubs.make(endless).sure is False


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "string", "format": "decimal"}, Decimal("1.00")),
        ({"type": "array", "minItems": 2, "uniqueItems": True, "items": {"type": "integer"}}, [1, 2]),
        ({"type": "array", "maxItems": 0}, []),
        ({"type": "object", "minProperties": 1, "properties": {}}, {"stub0": "stub"}),
        ({"type": "object", "required": ["a"]}, {"a": "stub a"}),
        ({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}, 0.5),
        ({"type": "number", "maximum": 0.5}, 0.5),
        ({"minLength": 9}, "stub....."),
        ({"type": "string", "maxLength": 2}, "st"),
        ({"type": "integer", "maximum": 5, "multipleOf": 3}, 3),
        ({"type": "integer", "minimum": 4, "maximum": 5, "multipleOf": 5}, 5),
        ({"default": None, "anyOf": [{"type": "integer"}, {"type": "null"}]}, 1),
        ({"oneOf": [{"const": "a"}, {"const": "b"}]}, "a"),
        ({"allOf": [CLOSED, {"properties": {"b": {"type": "null"}}, "required": ["b"]}]}, {"a": 1, "b": None}),
    ],
)
def test_values_are_small_and_plain(schema: Any, value: Any) -> None:
    assert stubs.make(schema).value == value


def test_a_moment_is_one_that_plans_can_reckon_with() -> None:
    made = stubs.make({"type": "string", "format": "date-time"}).value
    assert isinstance(made, datetime)
    assert made.utcoffset() is not None


def spec(name: str) -> ToolSpec:
    return ToolSpec(name, "", {}, {})


def test_an_answer_of_a_model_fits_what_it_is_asked_for() -> None:
    assert stubs.result(spec("llm.generate"), {"prompt": "?"}) == stubs.Stub("stub", sure=True)
    assert stubs.result(spec("llm.generate"), {"prompt": "?", "schema": CLOSED}).value == {"a": 1}


def test_a_web_server_answers_that_all_is_well() -> None:
    answer = stubs.result(spec("http.get"), {"url": "https://example.com"})
    assert (answer.value["status"], answer.value["url"], answer.sure) == (200, "https://example.com", False)


@pytest.mark.parametrize(
    ("args", "value"),
    [
        ({"user": "ada", "group": "staff"}, {"user": "ada", "since": "stub since", "level": 1}),
        ({"user": 7, "level": "high"}, {"user": "stub user", "since": "stub since", "level": 1}),
        ({"level": 3}, {"user": "stub user", "since": "stub since", "level": 3}),
    ],
)
def test_a_result_names_what_was_asked_for_where_that_fits(args: dict[str, Any], value: Any) -> None:
    """Else a plan that goes on with what a tool says of its own arguments would go on with something else."""
    returns = {
        "type": "object",
        "properties": {
            "user": {"type": "string"},
            "since": {"type": "string"},
            "level": {"type": "integer", "minimum": 1},
        },
        "required": ["user", "since", "level"],
        "additionalProperties": False,
    }
    made = stubs.result(replace(spec("a.b"), returns=returns), args)
    assert made == stubs.Stub(value, sure=True)
    assert problems(returns, made.value) == []
