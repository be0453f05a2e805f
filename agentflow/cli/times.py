"""Moments as people at this machine say them: in its own time zone."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from ..wording import relative


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
