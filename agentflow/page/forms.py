"""Forms to fill in, made from a JSON schema, and what somebody filled in as a value. Pure.

What has a field of its own is a text, a number, a choice, a yes or no, and an object of these. Whatever else a schema
asks for is written as JSON. A field that is left as it was gives the very value that it was made from.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from ..errors import UsageError
from ..guest.values import ValueNotJson, canonical, decode
from ..records import Json
from ..typed import document

Kind = Literal["line", "text", "number", "choice", "json"]
LINE = 80
"""Letters that fit into a field of one line."""
_INPUTS = {"date": "date", "email": "email", "time": "time"}
_NOTHING = object()


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to fill in."""

    name: str
    label: str
    kind: Kind
    schema: Json
    required: bool
    start: Any = _NOTHING
    """The encoded value that it begins with, where there is one."""
    choices: tuple[tuple[str, Json], ...] = ()
    typed: str | None = None
    """What somebody has typed already."""

    @property
    def filled(self) -> str:
        """What stands in it."""
        return self.before if self.typed is None else self.typed

    @property
    def before(self) -> str:
        """What stands in it before anybody has typed."""
        if self.start is _NOTHING or (self.start is None and self.kind != "json"):
            return ""
        if self.kind == "choice":
            return next((str(n) for n, (_, one) in enumerate(self.choices) if _same(one, self.start)), "")
        if self.kind == "json":
            return json.dumps(self.start, ensure_ascii=False, indent=2)
        return str(_untagged(self.start))

    @property
    def input(self) -> str:
        """The kind of field that a browser shows."""
        return _INPUTS.get(self.schema.get("format", ""), "text")

    @property
    def hint(self) -> str:
        """What the schema says of it, and what it is where it is left out."""
        default = self.schema.get("default")
        told = "" if default is None else f"{_said(default)} if it is left out."
        return " ".join(one for one in (str(self.schema.get("description", "")), told) if one)


@dataclass(frozen=True, slots=True)
class Form:
    """A value to fill in: by one field, or by one for each of its keys."""

    fields: tuple[Field, ...]
    keys: tuple[str, ...] | None = None
    """The keys of the object that the fields make; None: the one field is the value, and without one that is none."""

    def typed(self, given: Mapping[str, str]) -> Form:
        """The same form with what somebody has typed into it."""
        filled = (replace(one, typed=_text(given.get(one.name, ""))) for one in self.fields)
        return Form(tuple(filled), self.keys)

    def value(self, given: Mapping[str, str]) -> Any:
        """What was filled in. Raises `UsageError` where that is no value."""
        read = [_read(one, _text(given.get(one.name, ""))) for one in self.fields]
        if self.keys is None:
            return next((one for one in read if one is not _NOTHING), None)
        return {key: one for key, one in zip(self.keys, read, strict=True) if one is not _NOTHING}


def form_of(name: str, label: str, schema: Json, start: Any = _NOTHING) -> Form:
    """The form for a value of this schema, filled in with an encoded value where there is one."""
    if schema == {"type": "null"}:
        return Form(())
    properties = schema.get("properties") if isinstance(schema, dict) and schema.get("type") == "object" else None
    held = {} if start is _NOTHING else start
    if not properties or not isinstance(held, dict) or held.keys() - properties.keys():
        return Form((_field(name, label, schema, start, required=True, alone=True),))
    required = schema.get("required", ())
    fields = tuple(
        _field(f"{name}.{key}", key, part, held.get(key, _NOTHING), required=key in required)
        for key, part in properties.items()
    )
    return Form(fields, tuple(properties))


def _field(name: str, label: str, schema: Json, start: Any, *, required: bool, alone: bool = False) -> Field:
    known = schema if isinstance(schema, dict) else {}
    plain = _plain(known)
    kind, choices = _kind(plain, start, alone=alone)
    told = {**plain, **{key: known[key] for key in ("description", "default") if key in known}}
    return Field(name, label, kind, told, required and plain is known, start, choices)


def _plain(schema: dict[str, Json]) -> dict[str, Json]:
    """What a value is that may also be none."""
    some = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    if len(some) == 1 and len(schema["anyOf"]) == 2 and isinstance(some[0], dict):
        return some[0]
    return schema


def _kind(schema: dict[str, Json], start: Any, *, alone: bool) -> tuple[Kind, tuple[tuple[str, Json], ...]]:
    if isinstance(choices := schema.get("enum"), list) and choices:
        return "choice", tuple((_said(one), one) for one in choices)
    kind = schema.get("type")
    if kind == "boolean":
        return "choice", (("yes", True), ("no", False))
    held = None if start is _NOTHING else start
    if (kind in ("integer", "number") or schema.get("format") == "decimal") and _is_number(held):
        return "number", ()
    if kind == "string" and isinstance(held, str | None):
        text = held or ""
        short = "format" in schema or schema.get("maxLength", LINE + 1) <= LINE or not alone
        short = short and len(text) <= LINE
        return "line" if short and "\n" not in text else "text", ()
    return "json", ()


def _is_number(held: Json) -> bool:
    tagged = isinstance(held, dict) and held.keys() == {"$decimal"}
    return held is None or tagged or (isinstance(held, int | float) and not isinstance(held, bool))


def _read(field: Field, text: str) -> Any:
    """The value of one field; nothing where it is left out."""
    if text == field.before and field.start is not _NOTHING:
        return decode(field.start)
    if field.kind == "choice":
        return _chosen(field, text)
    if not text.strip() and field.kind != "text" and not (field.kind == "line" and field.required):
        return _left_out(field)
    if field.kind in ("line", "text"):
        return text if text or field.required else _NOTHING
    return _number(field, text.strip()) if field.kind == "number" else _json(field, text)


def _left_out(field: Field) -> Any:
    if field.required:
        raise UsageError(f"{field.label} is empty: fill it in")
    return _NOTHING


def _chosen(field: Field, text: str) -> Json:
    if not text:
        return _left_out(field)
    if not text.isdecimal() or int(text[:9]) >= len(field.choices):
        raise UsageError(f"{field.label} is none of the choices: open the page again and choose there")
    return field.choices[int(text)][1]


def _number(field: Field, text: str) -> int | float | Decimal:
    try:
        if field.schema.get("format") == "decimal" or isinstance(field.start, dict):
            return _finite(Decimal(text))
        return int(text) if text.lstrip("+-").isdecimal() else float(_finite(Decimal(text)))
    except (InvalidOperation, ValueError):
        raise UsageError(f"{field.label}: {text!r:.60} is no number: write it as 1234.50") from None


def _finite(number: Decimal) -> Decimal:
    if not number.is_finite():
        raise ValueError(number)
    return number


def _json(field: Field, text: str) -> Any:
    typed = document(text, field.label)
    try:
        return decode(typed)
    except ValueNotJson as error:
        raise UsageError(f"{field.label}: {error}") from None


def _said(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _same(one: Json, other: Json) -> bool:
    """Whether both are the same JSON: to Python, `1` is also `True`."""
    return canonical(one) == canonical(other)


def _untagged(document: Json) -> Json:
    return document["$decimal"] if isinstance(document, dict) else document


def _text(given: str) -> str:
    """What was typed; browsers send each end of a line as two signs."""
    return given.replace("\r\n", "\n")
