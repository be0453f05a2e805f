"""Whether a value is what a task asks for: objects by what they have at least, and three special forms.

`{any: true}` is anything, `{like: REGEX}` a text with such a part, `{near: NUMBER}` a number at most a hundredth off.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from ..guest.values import decode
from ..records import Json

NEAR = 0.01


def matches(wanted: Json, value: Any) -> bool:
    """Whether a decoded value fits."""
    if isinstance(wanted, dict):
        return _special(wanted, value) if _is_special(wanted) else _object(wanted, value)
    if isinstance(wanted, list):
        return isinstance(value, list) and len(wanted) == len(value) and all(map(matches, wanted, value))
    if isinstance(wanted, bool) or isinstance(value, bool):
        return wanted is value
    if isinstance(wanted, int | float) and isinstance(value, int | float | Decimal):
        return float(wanted) == float(value)
    return bool(wanted == _text(value))


def fits(wanted: Mapping[str, Json], encoded: Json) -> bool:
    """Whether arguments as they are stored have at least what is wanted."""
    return matches(dict(wanted), decode(encoded))


def flaw(wanted: Json) -> str | None:
    """What is wrong with a pattern of a task."""
    if isinstance(wanted, list):
        return next(filter(None, map(flaw, wanted)), None)
    if not isinstance(wanted, dict):
        return None
    if not _is_special(wanted):
        return next(filter(None, map(flaw, wanted.values())), None)
    try:
        re.compile(wanted.get("like", ""))
        float(wanted.get("near", 0))
    except (re.error, TypeError, ValueError) as error:
        return f"{wanted} can match nothing: {error}"
    return None


def _is_special(wanted: dict[str, Json]) -> bool:
    return len(wanted) == 1 and (wanted.get("any") is True or next(iter(wanted)) in ("like", "near"))


def _special(wanted: dict[str, Json], value: Any) -> bool:
    if "like" in wanted:
        text = _text(value)
        return isinstance(text, str) and re.search(wanted["like"], text, re.IGNORECASE | re.DOTALL) is not None
    if "near" in wanted:
        is_number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
        return is_number and abs(float(value) - float(wanted["near"])) <= NEAR
    return True


def _object(wanted: dict[str, Json], value: Any) -> bool:
    return isinstance(value, dict) and all(key in value and matches(one, value[key]) for key, one in wanted.items())


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
