"""Says in one line what a value has wrong, by the rule of the schema that it breaks. Never shows the value itself."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Protocol

_SENTENCES = {
    "minimum": "must be at least {}",
    "maximum": "must be at most {}",
    "exclusiveMinimum": "must be more than {}",
    "exclusiveMaximum": "must be less than {}",
    "multipleOf": "must be a multiple of {}",
    "minLength": "must have at least {} characters",
    "maxLength": "must have at most {} characters",
    "minItems": "must have at least {} items",
    "maxItems": "must have at most {} items",
    "minProperties": "must have at least {} fields",
    "maxProperties": "must have at most {} fields",
    "pattern": "must match the pattern {}",
    "format": "must be in the format {}",
    "const": "must be {}",
}
_KINDS = {
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "object": "an object",
    "array": "a list",
    "null": "null",
}


class Broken(Protocol):
    """A rule of a schema that a value breaks, as jsonschema reports it."""

    @property
    def absolute_path(self) -> Iterable[str | int]: ...
    @property
    def validator(self) -> Any: ...
    @property
    def validator_value(self) -> Any: ...
    @property
    def instance(self) -> Any: ...
    @property
    def schema(self) -> Any: ...


def sentence(error: Broken) -> str:
    """`items[2].price: must be a number, not text`."""
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path).lstrip(".")
    return f"{place}: {_rule(error)}" if place else _rule(error)


def _rule(error: Broken) -> str:
    keyword, value = error.validator, error.validator_value
    match keyword:
        case "type":
            return f"must be {_kinds(value)}, not {_kind(error.instance)}"
        case "required":
            missing = [name for name in value if name not in error.instance]
            return f"{_names(missing)} missing"
        case "additionalProperties":
            known = error.schema.get("properties", {})
            return f"{_names([name for name in error.instance if name not in known])} not known; known: {_known(known)}"
        case "enum":
            return f"must be one of {_short(', '.join(json.dumps(item, ensure_ascii=False) for item in value))}"
        case "anyOf" | "oneOf":
            return _alternatives(value, error.instance)
        case None:
            return "is not allowed"
        case "uniqueItems":
            return "must not hold the same item twice"
    return _SENTENCES.get(str(keyword), f"breaks the schema's rule {keyword!r}").format(_short(json.dumps(value)))


def _alternatives(schemas: Any, value: Any) -> str:
    kinds: list[Any] = [schema.get("type") for schema in schemas if isinstance(schema, dict)]
    if len(kinds) == len(schemas) and all(isinstance(kind, str) and kind in _KINDS for kind in kinds):
        return f"must be {_kinds(kinds)}, not {_kind(value)}" if _kind(value) not in _said(kinds) else _FITS_NONE
    return _FITS_NONE


_FITS_NONE = "fits none of the forms that the schema allows"


def _kinds(kinds: Any) -> str:
    return " or ".join(_said([kinds] if isinstance(kinds, str) else kinds))


def _said(kinds: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(_KINDS.get(kind, kind) for kind in kinds))


def _kind(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case str():
            return "text"
        case dict():
            return "an object"
        case list():
            return "a list"
        case int() | float():
            return "a number"
    return f"a {type(value).__name__}"


def _names(names: Iterable[str]) -> str:
    listed = list(names)
    return f"{_short(', '.join(listed))} {'is' if len(listed) == 1 else 'are'}"


def _known(names: Iterable[str]) -> str:
    return _short(", ".join(names)) or "none"


def _short(text: str) -> str:
    return text if len(text) <= 200 else f"{text[:200]}..."
