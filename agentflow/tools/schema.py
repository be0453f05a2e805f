"""Checks values against JSON schemas: most fit at first sight, and only for the others jsonschema is read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cached_property, lru_cache
from typing import Any

from ..records import Json

BYTES = frozenset({"binary", "base64", "base64url", "byte"})
"""Formats of a text in whose place bytes may stand."""
LARGEST_SCHEMA = 16 * 1024
"""Letters of a schema that a plan or a model wrote: to check one of these takes a quarter of a second."""
_NAMED = frozenset({"properties", "$defs", "definitions", "dependentSchemas"})
_DATA = frozenset({"enum", "const", "default", "examples"})
_UNSAFE = {
    "$ref": "write the schema out where it is used",
    "$dynamicRef": "write the schema out where it is used",
    "pattern": "use enum, format, minLength or maxLength and check the text in the plan",
    "patternProperties": "use properties or additionalProperties",
}
"""Keywords that let a schema which a model wrote spend the host's time without end."""


class Check:
    """Checks values against one schema; to be kept, since making it ready costs more than using it."""

    def __init__(self, schema: Json) -> None:
        self._schema = schema

    def problems(self, value: Any) -> list[str]:
        """What is wrong with a value (decoded: datetime, Decimal and bytes may be in it), one line for each problem."""
        return [] if _plainly_fits(self._schema, value) else self._closely(value)

    @cached_property
    def _closely(self) -> Callable[[Any], list[str]]:
        from .closely import looker

        return looker(self._schema)


def problems(schema: Json, value: Any) -> list[str]:
    """The same, of a schema that is given with the value."""
    return _check(json.dumps(schema, sort_keys=True)).problems(value)


def check_schema(schema: Json) -> str | None:
    """Why a schema that a plan or a model wrote cannot be used, or None."""
    if not isinstance(schema, dict):
        return "a JSON schema is an object"
    try:
        if len(json.dumps(schema, allow_nan=False)) > LARGEST_SCHEMA:
            return f"the JSON schema is larger than {LARGEST_SCHEMA // 1024} kB"
        from .closely import fault

        if wrong := fault(schema):
            return f"this is no JSON schema: {wrong}"
        unsafe = next(_unsafe(schema), None)
    except RecursionError:
        return "the JSON schema is nested too deeply"
    except (TypeError, ValueError) as error:
        return f"the JSON schema holds what is not JSON: {error}"
    return f"{unsafe!r} is not allowed in this JSON schema; {_UNSAFE[unsafe]}" if unsafe else None


_PLAIN: dict[Any, tuple[type, ...]] = {"string": (str,), "integer": (int,), "number": (int, float), "boolean": (bool,)}
_WORDS = frozenset({"title", "description", "default"})
_FLAT = frozenset({"type", "properties", "required", "additionalProperties"}) | _WORDS


def _plainly_fits(schema: Any, value: Any) -> bool:
    """Whether these are a few plain arguments that fit at first sight; most are. Else the validator looks closely."""
    if not isinstance(schema, dict) or schema.get("type") != "object" or not schema.keys() <= _FLAT:
        return False
    properties, required = schema.get("properties", {}), schema.get("required", ())
    if (
        not isinstance(value, dict)
        or not value.keys() <= properties.keys()
        or any(name not in value for name in required)
    ):
        return False
    return all(_is_plain(properties[name], one) for name, one in value.items())


def _is_plain(schema: Any, value: Any) -> bool:
    if not isinstance(schema, dict) or schema.keys() - _WORDS != {"type"} or not isinstance(schema["type"], str):
        return False
    return type(value) in _PLAIN.get(schema["type"], ())


@lru_cache(maxsize=256)
def _check(document: str) -> Check:
    return Check(json.loads(document))


def _unsafe(schema: Json) -> Iterator[str]:
    if isinstance(schema, list):
        for item in schema:
            yield from _unsafe(item)
    elif isinstance(schema, dict):
        for keyword, value in schema.items():
            if keyword in _UNSAFE:
                yield keyword
            elif keyword not in _DATA:
                yield from _unsafe(list(value.values()) if keyword in _NAMED else value)
