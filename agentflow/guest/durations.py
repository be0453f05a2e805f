"""Durations and moments as plans write them: seconds, a `timedelta`, "10 seconds", an aware datetime."""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta

from .exceptions import UsageError, described

LONGEST = 365 * 86400.0
"""Seconds of the longest duration."""

_UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
_WORDS = re.compile(r"\s*(\d{1,12}(?:\.\d{1,9})?)\s*(second|minute|hour|day|week)s?\s*")
_FORMS = 'a number of seconds, a timedelta, or words such as "10 seconds" or "3 days"'


def seconds(value: object, what: str, *, positive: bool = True) -> float:
    """The seconds of a duration; `what` names it in the error."""
    length = _length(value, what)
    if not 0 <= length <= LONGEST or (positive and length == 0):
        least = "more than 0" if positive else "0"
        raise UsageError(f"{what} is {value!r}: it must be {least} seconds to 365 days")
    return length


def moment(value: object, what: str, now: float) -> float:
    """The epoch seconds of a moment: an aware datetime, or epoch seconds."""
    if isinstance(value, datetime):
        if value.utcoffset() is None:
            raise UsageError(f"{what} is a datetime without a time zone: write datetime(..., tzinfo=timezone.utc)")
        at = value.timestamp()
    elif isinstance(value, int | float) and not isinstance(value, bool):
        at = _number(value)
    else:
        raise UsageError(f"{what} is {described(value)}: give an aware datetime or epoch seconds")
    if not -LONGEST * 1000 <= at <= now + LONGEST:
        raise UsageError(f"{what} is too far away: at most 365 days from now")
    return at


def ends(value: object, what: str, now: float) -> dict[str, float]:
    """When a wait ends, as the protocol says it: `{"timeout": seconds}` or `{"until": epoch}`."""
    if isinstance(value, datetime):
        return {"until": moment(value, what, now)}
    return {"timeout": seconds(value, what)}


def remaining(value: object, what: str, now: float) -> float:
    """The seconds of a duration, or those left until a moment (never less than a millisecond)."""
    if isinstance(value, datetime):
        return max(0.001, moment(value, what, now) - now)
    return seconds(value, what)


def _length(value: object, what: str) -> float:
    if isinstance(value, timedelta):
        return timedelta.total_seconds(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _number(value)
    if isinstance(value, str):
        words = _WORDS.fullmatch(value)
        if words is None:
            raise UsageError(f"{what} is {value[:60]!r}: give {_FORMS}")
        return float(words[1]) * _UNITS[words[2]]
    raise UsageError(f"{what} is {described(value)}: give {_FORMS}")


def _number(value: float) -> float:
    """As a float; what is no finite number becomes one that every bound refuses."""
    return float(value) if abs(value) < 1e15 and math.isfinite(value) else math.inf
