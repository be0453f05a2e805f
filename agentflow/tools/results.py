"""Makes what a tool returns plain: models, dataclasses and enums become JSON, datetime, Decimal and bytes stay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from ..errors import ToolError
from ..guest.values import encode

_AS_THEY_ARE = frozenset({str, int, float, bool, type(None), bytes, Decimal, datetime})


def plain(tool: str, value: Any) -> Any:
    """The value as it may cross borders. What cannot is a ToolError that names the tool and the place."""
    try:
        result = _plain(value)
        encode(result)
    except (ValueError, RecursionError) as error:
        cause = str(error) if isinstance(error, ValueError) else "it is nested too deeply"
        raise ToolError(f"tool {tool} returned what cannot be stored: {cause}") from error
    return result


def _plain(value: Any) -> Any:
    if type(value) in _AS_THEY_ARE:  # most values; some results have a hundred thousand of them
        return value
    return [_plain(item) for item in value] if type(value) is list else _converted(value)


def _converted(value: Any) -> Any:
    match value:
        case Enum():
            return _plain(value.value)
        case BaseModel():
            return _plain(value.model_dump(by_alias=True))
        case Mapping():
            return {_plain(key): _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case datetime():
            return value
        case str() | UUID() | PurePath():
            return str(value)
        case date() | time() | timedelta():
            return to_jsonable_python(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return value
