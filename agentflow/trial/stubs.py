"""Values made from JSON schemas: always the same, small, and such that they fit. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ..records import Json, ToolSpec
from ..tools.schema import BYTES, problems

MARK = "stub"
"""Stands in every text that is made up."""
NOTHING_KNOWN = "made up, since no schema says what is here"
DEEPEST = 12
"""Levels of a value; what is nested deeper, refers to itself."""
MOST_STEPS = 20
"""References and choices that lead to a schema."""


@dataclass(frozen=True, slots=True)
class Stub:
    """A made-up value. `sure`: the schema says all that is in it, so a plan may not find it to be otherwise."""

    value: Any
    sure: bool


def result(spec: ToolSpec, args: Mapping[str, Any]) -> Stub:
    """What a call of a tool gives."""
    if spec.name == "llm.generate":
        wanted = args.get("schema")
        return make({"type": "string"} if wanted is None else wanted)
    if spec.name in ("http.get", "http.request"):
        answer = {"status": 200, "headers": {}, "body": make({}).value, "url": args.get("url", "")}
        return Stub(answer, sure=False)
    return _naming(make(spec.returns), spec.returns, args)


def _naming(made: Stub, schema: Json, args: Mapping[str, Any]) -> Stub:
    """The same with what it was asked for: a field that is called like an argument has its value, where that fits."""
    if not isinstance(made.value, dict):
        return made
    value = made.value
    for key in (key for key in made.value if key in args):
        other = {**value, key: args[key]}
        value = value if problems(schema, other) else other
    return Stub(value, made.sure)


def make(schema: Json, name: str = "") -> Stub:
    """A value that fits a schema. `name` is what texts in it are called by."""
    root = schema if isinstance(schema, dict) else {}
    return _make(schema, name, root, 0)


def _make(schema: Json, name: str, root: dict[str, Json], depth: int) -> Stub:
    flat = _flat(schema, root) if depth <= DEEPEST else {}
    if fixed := _fixed(flat):
        return Stub(fixed[0], sure=True)
    if make_kind := _KINDS.get(_kind(flat)):
        return make_kind(flat, name, root, depth)
    return Stub({MARK: NOTHING_KNOWN}, sure=False)


def _flat(schema: Json, root: dict[str, Json]) -> dict[str, Json]:
    """The same without references and choices: of each choice, what is likeliest."""
    for _ in range(MOST_STEPS):
        match schema:
            case {"$ref": reference, **rest}:
                schema = _merged([_referred(reference, root), rest])
            case {"allOf": [*parts], **rest}:
                schema = _merged([*(_flat(part, root) for part in parts), rest])
            case {"anyOf": [*choices], **rest} | {"oneOf": [*choices], **rest}:
                schema = _merged([_likeliest(choices), rest])
            case dict():
                return schema
            case _:
                return {}
    return {}


def _fixed(schema: dict[str, Json]) -> list[Json]:
    """The value that a schema names, if it does."""
    if "const" in schema:
        return [schema["const"]]
    if schema.get("default") is not None:
        return [schema["default"]]
    named = [*schema.get("enum", ()), *schema.get("examples", ())]
    return named[:1]


def _referred(reference: Json, root: dict[str, Json]) -> Json:
    found: Json = root
    for part in str(reference).removeprefix("#").split("/")[1:]:
        found = found.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(found, dict) else None
    return found


def _merged(schemas: list[Json]) -> dict[str, Json]:
    """One schema that asks for all that these ask for, as far as they do not contradict each other."""
    merged: dict[str, Json] = {}
    for one in schemas:
        known: dict[str, Json] = one if isinstance(one, dict) else {}
        properties = {**merged.get("properties", {}), **known.get("properties", {})}
        required = [*merged.get("required", []), *known.get("required", [])]
        merged |= known
        merged |= {"properties": properties} if properties else {}
        merged |= {"required": required} if required else {}
    return merged


def _likeliest(choices: list[Json]) -> Json:
    """The first that is not null."""
    return next((one for one in choices if not (isinstance(one, dict) and one.get("type") == "null")), choices[0])


def _kind(schema: dict[str, Json]) -> str | None:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((one for one in kind if one != "null"), "null")
    if kind is None:
        kind = next((of for key, of in _TELLING.items() if key in schema), None)
    return kind


_TELLING = {
    "properties": "object", "required": "object", "additionalProperties": "object", "items": "array",
    "prefixItems": "array", "minItems": "array", "minLength": "string", "maxLength": "string", "format": "string",
    "minimum": "number", "maximum": "number", "exclusiveMinimum": "number", "multipleOf": "number",
}  # fmt: skip
"""What a schema without a type is about."""


def _object(schema: dict[str, Json], name: str, root: dict[str, Json], depth: int) -> Stub:
    properties = schema.get("properties", {})
    required = schema.get("required", [])
    made = {key: _make(one, key, root, depth + 1) for key, one in properties.items()}
    for key in required:
        made.setdefault(key, Stub(f"{MARK} {key}", False))
    closed = bool(properties) and not schema.get("additionalProperties") and set(required) >= set(properties)
    value: dict[str, Any] = {key: one.value for key, one in made.items()}
    for number in range(len(value), schema.get("minProperties", 0)):
        value[f"{MARK}{number}"] = MARK
    if not value and not closed:
        return _free(schema, root, depth)
    return Stub(value, closed and all(one.sure for one in made.values()))


def _free(schema: dict[str, Json], root: dict[str, Json], depth: int) -> Stub:
    """An object of which nobody knows the keys."""
    inner = schema.get("additionalProperties")
    if inner is False:
        return Stub({}, True)
    value = _make(inner, MARK, root, depth + 1).value if isinstance(inner, dict) and inner else MARK
    return Stub({MARK: value}, False)


def _array(schema: dict[str, Json], name: str, root: dict[str, Json], depth: int) -> Stub:
    first = [_make(one, name, root, depth + 1) for one in schema.get("prefixItems", [])]
    wanted = max(schema.get("minItems", 0), min(1, schema.get("maxItems", 1)), len(first))
    inner = schema.get("items", {})
    if inner is False:
        wanted = len(first)
    more = [_make(inner, _numbered(name, i), root, depth + 1) for i in range(wanted - len(first))]
    if schema.get("uniqueItems"):
        more = _distinct(more)
    items = [*first, *more]
    return Stub([one.value for one in items], all(one.sure for one in items))


def _numbered(name: str, number: int) -> str:
    return f"{name} {number + 1}".strip() if number else name


def _distinct(stubs: list[Stub]) -> list[Stub]:
    """Numbers that differ, where they are to."""
    numbers = all(type(one.value) in (int, float) for one in stubs)
    return [Stub(one.value + i, one.sure) for i, one in enumerate(stubs)] if numbers else stubs


def _string(schema: dict[str, Json], name: str, root: dict[str, Json], depth: int) -> Stub:
    form = schema.get("format")
    if form in _FORMATS:
        return Stub(_FORMATS[form](), form not in _TAGGED)
    text = f"{MARK} {name}".strip()
    text = text.ljust(schema.get("minLength", 0), ".")
    return Stub(text[: schema.get("maxLength", len(text))], "pattern" not in schema)


_TAGGED = BYTES | {"date-time"}
"""Formats of which nobody knows whether the tool gives a text, or what the text stands for."""
_FORMATS: dict[str, Callable[[], Any]] = {
    "decimal": lambda: Decimal("1.00"),
    "date-time": lambda: datetime(2027, 1, 15, 8, tzinfo=UTC),
    "date": lambda: "2027-01-15",
    "time": lambda: "08:00:00+00:00",
    "duration": lambda: "P1D",
    "email": lambda: "stub@example.com",
    "uuid": lambda: "00000000-0000-4000-8000-000000000000",
    "uri": lambda: "https://example.com/stub",
    "url": lambda: "https://example.com/stub",
    "hostname": lambda: "example.com",
    "ipv4": lambda: "192.0.2.1",
    "ipv6": lambda: "2001:db8::1",
    "binary": lambda: b"stub",
    "byte": lambda: b"stub",
    "base64": lambda: b"stub",
    "base64url": lambda: b"stub",
}


def _integer(schema: dict[str, Json], name: str, root: dict[str, Json], depth: int) -> Stub:
    return Stub(int(_number_in({**schema, "multipleOf": schema.get("multipleOf", 1)})), True)


def _number(schema: dict[str, Json], name: str, root: dict[str, Json], depth: int) -> Stub:
    return Stub(_number_in(schema), True)


def _number_in(schema: dict[str, Json]) -> float | int:
    """1 where it may be, else a number near the bounds."""
    low = max(schema.get("minimum", -math.inf), schema.get("exclusiveMinimum", -math.inf))
    high = min(schema.get("maximum", math.inf), schema.get("exclusiveMaximum", math.inf))
    unit = schema.get("multipleOf")
    near = [bound + more for bound in (low, high) for more in (0, 1, -1) if math.isfinite(bound)]
    middle = [(low + high) / 2] if math.isfinite(low + high) else []
    tried: list[float | int] = [1, *near, *middle, 0]
    if unit:
        tried = [(math.ceil(round(one / unit, 9)) + more) * unit for one in tried for more in (0, 1, -1)]
    found = next((one for one in tried if _is_within(one, schema)), 1)
    return int(found) if found == int(found) else found


def _is_within(number: float, schema: dict[str, Json]) -> bool:
    inside: bool = schema.get("minimum", -math.inf) <= number <= schema.get("maximum", math.inf)
    apart: bool = schema.get("exclusiveMinimum", -math.inf) < number < schema.get("exclusiveMaximum", math.inf)
    return inside and apart


_KINDS: dict[str | None, Callable[[dict[str, Json], str, dict[str, Json], int], Stub]] = {
    "object": _object,
    "array": _array,
    "string": _string,
    "integer": _integer,
    "number": _number,
    "boolean": lambda schema, name, root, depth: Stub(True, True),
    "null": lambda schema, name, root, depth: Stub(None, True),
}
