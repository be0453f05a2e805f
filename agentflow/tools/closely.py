"""Looks closely at values and schemas, with jsonschema. The only place that knows it, and read when it is needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from decimal import Decimal
from functools import partial
from itertools import islice
from typing import Any
from uuid import UUID

from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from jsonschema.exceptions import SchemaError
from jsonschema.protocols import Validator
from jsonschema.validators import extend
from referencing import Registry

from ..records import Json
from .schema import BYTES
from .wording import sentence

MOST_PROBLEMS = 20
"""Problems of one value that are told: it may have a hundred thousand."""


def fault(schema: Json) -> str | None:
    """Why a document is no JSON schema, or None."""
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        return sentence(error)
    return None


def looker(schema: Json) -> Callable[[Any], list[str]]:
    """A function that tells the problems of a value as lines, each with the path of the place."""
    return partial(_explain, _Checker(schema, registry=Registry(), format_checker=_FORMATS))


def _explain(validator: Validator, value: Any) -> list[str]:
    try:
        found = islice(validator.iter_errors(value), MOST_PROBLEMS)
        errors = sorted(found, key=lambda error: [str(part) for part in error.absolute_path])
    except RecursionError:
        return ["is nested too deeply"]
    return list(dict.fromkeys(sentence(error) for error in errors))


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
