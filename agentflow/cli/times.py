"""Moments and lengths of time as people say them."""

from __future__ import annotations

import time
from datetime import UTC, datetime

_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
_SHORT = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


def length(seconds: float) -> str:
    """`0.3 s` up to ten seconds, else the largest unit that fits: `2 days`."""
    if seconds < 9.95:
        return f"{max(seconds, 0.0):.1f} s"
    return _whole(seconds)


def relative(at: float, now: float | None = None) -> str:
    """`in 2 days`, `3 minutes ago`, `now`."""
    ahead = at - (time.time() if now is None else now)
    if abs(ahead) < 1:
        return "now"
    return f"in {_whole(ahead)}" if ahead > 0 else f"{_whole(-ahead)} ago"


def age(at: float, now: float | None = None) -> str:
    """How long ago, short enough for a table: `5 min`."""
    passed = max((time.time() if now is None else now) - at, 0.0)
    unit, size = next(((unit, size) for unit, size in _SHORT if passed >= size), _SHORT[-1])
    return f"{int(passed // size)} {unit}"


def clock(at: float) -> str:
    """Local date and time."""
    return f"{datetime.fromtimestamp(at, UTC).astimezone():%Y-%m-%d %H:%M:%S}"


def moment(at: float, now: float | None = None) -> str:
    """Local time, and how far away that is."""
    return f"{clock(at)} ({relative(at, now)})"


def soon(at: float, now: float | None = None) -> str:
    """Like `moment`, without the date where it is today's."""
    now = time.time() if now is None else now
    day, hour = clock(at).split()
    return f"{hour if clock(now).startswith(day) else clock(at)} ({relative(at, now)})"


def _whole(seconds: float) -> str:
    unit, size = next(((unit, size) for unit, size in _UNITS if round(seconds) >= size), _UNITS[-1])
    number = max(1, round(seconds / size))
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
