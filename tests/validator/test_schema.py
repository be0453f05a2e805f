"""Which expressions certainly break a JSON schema."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from agentflow.validator.schema import Schema

POINT = {"type": "object", "properties": {"x": {"type": "number"}}, "required": ["x"], "additionalProperties": False}
DOCUMENT = {"$defs": {"point": POINT, "loop": {"$ref": "#/$defs/loop"}}}


def misfits(text: str, schema: Any) -> list[str]:
    node = ast.parse(text, mode="eval").body
    checked = Schema(DOCUMENT, lambda expression: expression)
    return [f"{path} {problem}" for _, path, problem in checked.misfits(node, schema, "it")]


@pytest.mark.parametrize(
    ("text", "schema", "problem"),
    [
        ("5", {"type": "string"}, "it is 5, but must be a string"),
        ("None", {"type": ["string", "integer"]}, "it is None, but must be a string or an integer"),
        ("'d'", {"enum": ["a", "b"]}, "it is 'd', but must be one of 'a', 'b'"),
        ("'d'", {"const": "a"}, "it is 'd', but must be 'a'"),
        ("''", {"type": "string", "minLength": 2}, "it is shorter than 2 characters"),
        ("'abc'", {"type": "string", "maxLength": 2}, "it is longer than 2 characters"),
        ("-1", {"minimum": 0}, "it is -1, but must be at least 0"),
        ("5", {"maximum": 4}, "it is 5, but must be at most 4"),
        ("0", {"exclusiveMinimum": 0}, "it is 0, but must be more than 0"),
        ("1.5", {"exclusiveMaximum": 1.5}, "it is 1.5, but must be less than 1.5"),
        ("True", {"type": "integer"}, "it is True, but must be an integer"),
        ("'a'", {"allOf": [{}, {"type": "integer"}]}, "it is 'a', but must be an integer"),
        ("'a'", {"anyOf": [{"type": "integer"}, {"type": "null"}]}, "it fits none of: integer, null"),
        ("'a'", {"oneOf": [{"type": "integer"}]}, "it is 'a', but must be an integer"),
        ("{'x': 'a'}", {"$ref": "#/$defs/point"}, "it.x is 'a', but must be a number"),
        ("{'y': 1, 'x': 2}", {"$ref": "#/$defs/point"}, "it has no 'y' in its schema"),
        ("[{}]", {"items": {"$ref": "#/$defs/point"}}, "it[0] lacks 'x'"),
        ("[x for x in y]", {"type": "object"}, "it is a list, but must be a dict"),
        ("b'a'", {"type": "integer"}, None),
        ("5", {"type": "number"}, None),
        ("5.0", {"type": "integer"}, None),
        ("x", {"type": "integer"}, None),
        ("x + y", {"type": "string"}, None),
        ("{'y': 1}", {"type": "object"}, None),
        ("{**x}", {"$ref": "#/$defs/point"}, None),
        ("[*x, 5]", {"type": "array"}, None),
        ("5", {"$ref": "#/$defs/loop"}, None),
        ("5", {"$ref": "#/$defs/missing"}, None),
        ("5", {"anyOf": [{"type": "string"}, {"type": "integer"}]}, None),
        ("5", True, None),
        ("'2026-01-01'", {"type": "string", "format": "date"}, None),
    ],
)
def test_only_what_is_certain_is_a_misfit(text: str, schema: Any, problem: str | None) -> None:
    assert misfits(text, schema) == ([] if problem is None else [problem])
