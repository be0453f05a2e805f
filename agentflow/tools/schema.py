"""Checks values against JSON schemas. The only place that knows jsonschema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from itertools import islice
from typing import Any
from uuid import UUID

from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from jsonschema.exceptions import SchemaError
from jsonschema.protocols import Validator
from jsonschema.validators import extend
from referencing import Registry

from ..records import Json
from .wording import sentence

LARGEST_SCHEMA = 16 * 1024
"""Letters of a schema that a plan or a model wrote: to check one of these takes a quarter of a second."""
MOST_PROBLEMS = 20
"""Problems of one value that are told: it may have a hundred thousand."""
BYTES = frozenset({"binary", "base64", "base64url", "byte"})
"""Formats of a text in whose place bytes may stand."""
_NAMED = frozenset({"properties", "$defs", "definitions", "dependentSchemas"})
_DATA = frozenset({"enum", "const", "default", "examples"})
_UNSAFE = {
    "$ref": "write the schema out where it is used",
    "$dynamicRef": "write the schema out where it is used",
    "pattern": "use enum, format, minLength or maxLength and check the text in the plan",
    "patternProperties": "use properties or additionalProperties",
}
"""Keywords that let a schema which a model wrote spend the host's time without end."""


def problems(schema: Json, value: Any) -> list[str]:
    """What is wrong with a value (decoded: datetime, Decimal and bytes may be in it), one line for each problem."""
    return explain(_compiled(json.dumps(schema, sort_keys=True)), value)


def check_schema(schema: Json) -> str | None:
    """Why a schema that a plan or a model wrote cannot be used, or None."""
    if not isinstance(schema, dict):
        return "a JSON schema is an object"
    try:
        if len(json.dumps(schema, allow_nan=False)) > LARGEST_SCHEMA:
            return f"the JSON schema is larger than {LARGEST_SCHEMA // 1024} kB"
        Draft202012Validator.check_schema(schema)
        unsafe = next(_unsafe(schema), None)
    except SchemaError as error:
        return f"this is no JSON schema: {sentence(error)}"
    except RecursionError:
        return "the JSON schema is nested too deeply"
    except (TypeError, ValueError) as error:
        return f"the JSON schema holds what is not JSON: {error}"
    return f"{unsafe!r} is not allowed in this JSON schema; {_UNSAFE[unsafe]}" if unsafe else None


def compiled(schema: Json) -> Validator:
    """A validator to keep: making one costs more than using it."""
    checker: Validator = _Checker(schema, registry=Registry(), format_checker=_FORMATS)
    return checker


def explain(validator: Validator, value: Any) -> list[str]:
    """The problems of a value as lines, each with the path of the place."""
    if _plainly_fits(validator.schema, value):
        return []
    try:
        found = islice(validator.iter_errors(value), MOST_PROBLEMS)
        errors = sorted(found, key=lambda error: [str(part) for part in error.absolute_path])
    except RecursionError:
        return ["is nested too deeply"]
    return list(dict.fromkeys(sentence(error) for error in errors))


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
def _compiled(document: str) -> Validator:
    return compiled(json.loads(document))


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


def _is_number(_: Any, value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _is_integer(checker: Any, value: object) -> bool:
    if isinstance(value, Decimal):
        return value.is_finite() and value == value.to_integral_value()
    return value.is_integer() if isinstance(value, float) else _is_number(checker, value)


def _type(validator: Any, kinds: Any, value: Any, schema: Any) -> Iterator[ValidationError]:
    """A datetime or bytes fits where the schema asks for text in exactly that format."""
    if isinstance(value, datetime | bytes):
        kinds = kinds if _format_fits(value, schema.get("format")) else []
        value = ""
    wanted = [kinds] if isinstance(kinds, str) else kinds
    if not any(validator.is_type(value, kind) for kind in wanted):
        yield ValidationError("type")


def _format_fits(value: datetime | bytes, name: Any) -> bool:
    return name == "date-time" if isinstance(value, datetime) else name in BYTES


def _multiple_of(validator: Any, unit: Any, value: Any, schema: Any) -> Iterator[ValidationError]:
    """In decimal arithmetic: 19.99 is a multiple of 0.01."""
    if not validator.is_type(value, "number"):
        return
    try:
        fits = Decimal(str(value)) % Decimal(str(unit)) == 0
    except (ArithmeticError, ValueError):  # too many digits to divide
        fits = False
    if not fits:
        yield ValidationError("multipleOf")


_FORMATS = FormatChecker(formats=("email", "ipv4", "ipv6"))
for _name, _parse in {
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "date-time": datetime.fromisoformat,
    "decimal": Decimal,
    "uuid": UUID,
}.items():
    _FORMATS.checks(_name, raises=(ValueError, ArithmeticError))(
        lambda value, parse=_parse: not isinstance(value, str) or parse(value) is not None
    )

_Checker: Any = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    {"type": _type, "multipleOf": _multiple_of},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine_many({"number": _is_number, "integer": _is_integer}),
)
