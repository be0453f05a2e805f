"""What a model may know of a payload: its keys and types, never a value."""

from __future__ import annotations

import json
from itertools import islice
from textwrap import indent

from ..records import Json

_TAGS = {"$datetime": "datetime", "$decimal": "Decimal", "$bytes": "bytes"}
_DEPTH = 8
_KEYS = 100
_KINDS = 5


def shape(payload: Json) -> str:
    """The payload with a type in the place of each value."""
    return _shape(payload, 0)


def _shape(value: Json, depth: int) -> str:
    if isinstance(value, dict):
        return _tagged(value) or _object(value, depth)
    if isinstance(value, list):
        return _list(value, depth)
    return "None" if value is None else type(value).__name__


def _tagged(value: dict[str, Json]) -> str | None:
    return _TAGS.get(next(iter(value))) if len(value) == 1 else None


def _object(value: dict[str, Json], depth: int) -> str:
    if set(value) == {"$dict"} and isinstance(value["$dict"], dict):
        value = value["$dict"]
    if not value or depth >= _DEPTH:
        return "dict"
    fields = [f"{json.dumps(key)}: {_shape(item, depth + 1)}," for key, item in islice(value.items(), _KEYS)]
    more = ["..."] if len(value) > _KEYS else []
    return "\n".join(["{", indent("\n".join(fields + more), "    "), "}"])


def _list(values: list[Json], depth: int) -> str:
    if not values or depth >= _DEPTH:
        return "list"
    kinds = list(dict.fromkeys(_shape(value, depth + 1) for value in values))
    more = ["..."] if len(kinds) > _KINDS else []
    return f"list[{' | '.join(kinds[:_KINDS] + more)}]"
