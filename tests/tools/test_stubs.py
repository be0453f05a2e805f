from __future__ import annotations

import ast
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

import pytest

from agentflow.records import Json, ToolSpec
from agentflow.tools import tool
from agentflow.tools.stubs import stub


@dataclass
class Line:
    sku: str
    price: Decimal
    parent: Line | None = None


@tool(namespace="orders", effect="read")
def get(id: str, limit: int = 10, kind: Literal["a", "b"] = "a", since: datetime | None = None) -> list[Line]:
    """The lines of an order.

    Args:
        id: its number
    """
    return []


@tool(namespace="orders", risk="high", approval=lambda args: True)
def pay(line: Line, blob: bytes, tags: dict[str, list[float]], day: date, *, anything: Any) -> None: ...


@tool(namespace="clock", approval="always")
def now():  # type: ignore[no-untyped-def]
    """The time."""


EXPECTED = '''\
class Line(TypedDict):
    sku: str
    price: Decimal
    parent: NotRequired[Line | None]


class orders:
    # effect: read, risk: low, approval: never
    def get(*, id: str, limit: int = 10, kind: Literal['a', 'b'] = 'a', since: datetime | None = None) -> list[Line]:
        """The lines of an order.

        id: its number
        """
        ...

    # effect: once, risk: high, approval: depends on the arguments
    def pay(*, line: Line, blob: bytes, tags: dict[str, list[float]], day: str, anything: Any) -> None:
        ...


class clock:
    # effect: once, risk: low, approval: always
    def now() -> Any:
        """The time."""
        ...
'''


def test_a_model_reads_tools_as_typed_python() -> None:
    text = stub([get.spec, pay.spec, now.spec])
    assert text == EXPECTED
    ast.parse(text)


def spec(schema: Json, description: str = "", returns: Json = None) -> ToolSpec:
    return ToolSpec("a.b", description, schema, returns or {})


def one(schema: Json) -> str:
    """The type that a result of this schema is shown with."""
    return stub([spec({}, returns=schema)]).partition("-> ")[2].partition(":")[0]


@pytest.mark.parametrize(
    ("schema", "shown"),
    [
        ({"type": ["string", "null"]}, "str | None"),
        ({"const": 5}, "Literal[5]"),
        ({"oneOf": [{"type": "integer"}, {"type": "integer"}]}, "int"),
        ({"type": "array"}, "list[Any]"),
        ({"type": "array", "items": True}, "list[Any]"),
        ({"type": "object"}, "dict[str, Any]"),
        ({"type": "object", "title": "Two words", "properties": {"a": {}}}, "dict[str, Any]"),
        ({"type": "object", "properties": {"a-b": {}}}, "dict[str, Any]"),
        ({"$ref": "#/$defs/A[b]", "$defs": {"A[b]": {"type": "object", "properties": {"a": {}}}}}, "dict[str, Any]"),
        ({"$ref": "elsewhere"}, "Any"),
    ],
)
def test_every_schema_has_a_type(schema: Json, shown: str) -> None:
    assert one(schema) == shown


def test_two_records_of_one_name_are_told_apart_and_equal_ones_shared() -> None:
    first = {"type": "object", "title": "R", "properties": {"a": {"type": "string"}}}
    second = {"type": "object", "title": "R", "properties": {"b": {"type": "string"}}}
    text = stub([spec({}, returns=first), spec({}, returns=second), spec({}, returns=first)])
    assert text.count("-> R:") == 2
    assert text.count("-> R2:") == 1
    assert text.count("class R(") == 1


@pytest.mark.parametrize(
    ("schema", "shown"),
    [
        ({"properties": {"a-b": {}}}, "def b(**arguments: Any)"),
        ({"properties": {"a": True, "b": {}}, "required": ["b"]}, "def b(*, b: Any, a: Any = ...)"),
    ],
)
def test_unusual_parameters_are_shown_as_far_as_python_can(schema: Json, shown: str) -> None:
    assert shown in stub([spec(schema)])


@pytest.mark.parametrize(
    ("described", "shown"),
    [
        (
            {"description": "its number", "examples": ["17", "A-4", "B", "C"]},
            "its number (for example '17', 'A-4', 'B')",
        ),
        ({"examples": [17]}, "(for example 17)"),
        ({"description": "its number", "examples": []}, "its number"),
        ({"description": "its number", "examples": "17"}, "its number"),
    ],
)
def test_examples_of_a_parameter_are_shown(described: Json, shown: str) -> None:
    assert f'"""p: {shown}"""' in stub([spec({"properties": {"p": {"type": "string", **described}}})])


@pytest.mark.parametrize(
    "text", ['"""', 'ends with "', "\\", 'a\n"""\nb\\', "bell\x07\x00", "\r\n\u2028x", "  ", '\n"']
)
def test_no_description_breaks_out_of_its_docstring(text: str) -> None:
    noted = {"properties": {"p": {"description": text}}}
    for source in (stub([spec({}, text)]), stub([spec(noted, text)])):
        (space,) = ast.parse(source).body
        assert isinstance(space, ast.ClassDef)
        assert [type(node) for node in space.body] == [ast.FunctionDef]


@pytest.mark.parametrize(
    ("field", "line"),
    [
        ({"type": "string", "description": "as\nthe mail\x1bclaims"}, "sender: NotRequired[str]  # as the mail claims"),
        ({"type": "integer", "examples": [3]}, "sender: NotRequired[int]  # (for example 3)"),
        (True, "sender: NotRequired[Any]"),
    ],
)
def test_what_a_field_of_a_record_means_stands_behind_it_on_its_line(field: Json, line: str) -> None:
    text = stub([spec({}, returns={"type": "object", "title": "Mail", "properties": {"sender": field}})])
    assert f"class Mail(TypedDict):\n    {line}\n" in text
    ast.parse(text)
