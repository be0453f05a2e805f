"""When a schedule is due: cron expressions and single moments in a zone, and the rule for what was missed. Pure.

Cron has five fields, read as Debian's cron reads them, also where the clocks change: what would run in an hour that is
skipped runs right after it, what runs at a time of day runs once in an hour that comes twice.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from cronsim import CronSim, CronSimError

from ..errors import UsageError
from ..records import Missed

GRACE = 60.0
"""Seconds by which a run may start late without its time counting as missed."""

_LONGEST = 200
"""Characters of a cron expression."""
_WINDOWS = (60.0, 3_600.0, 86_400.0, 40 * 86_400.0, 366 * 86_400.0)
"""How far back the latest of many times is looked for, step by step: each step meets few of them."""


@dataclass(frozen=True, slots=True)
class Timing:
    """A cron expression or one moment (epoch seconds), and the zone in which it is meant."""

    cron: str | None
    at: float | None
    zone: ZoneInfo

    def after(self, moment: float) -> Iterator[float]:
        """The times after a moment, the next one first."""
        if self.cron is None:
            yield from [self.at] if self.at is not None and self.at > moment else []
            return
        for time in CronSim(self.cron, datetime.fromtimestamp(moment, self.zone)):
            if time.timestamp() > moment:  # cronsim names an hour that comes twice by its first coming
                yield time.timestamp()

    def next(self, moment: float) -> float | None:
        """The first time after a moment, or None."""
        return next(self.after(moment), None)

    def upcoming(self, moment: float, count: int) -> tuple[float, ...]:
        """At most so many times after a moment."""
        return tuple(islice(self.after(moment), count))

    def latest(self, first: float, now: float) -> float:
        """The last time up to now, `first` being one that has come."""
        for window in _WINDOWS:
            if now - window <= first:
                break
            if times := self._between(now - window, now):
                return times[-1]
        return max([first, *self._between(first, now)])

    def _between(self, since: float, now: float) -> list[float]:
        times = []
        for time in self.after(since):
            if time > now:
                break
            times.append(time)
        return times


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be done once a time has come."""

    start: float | None
    """The time for which one run starts; None where all times were missed and are dropped."""
    next_at: float | None


def due(timing: Timing, missed: Missed, first: float, now: float) -> Due:
    """All times from `first` until now count as one, the latest; where that was missed, `missed` says what to do."""
    latest = timing.latest(first, now)
    late = now - latest >= GRACE
    return Due(None if late and missed == "skip" else latest, timing.next(now))


def timing(*, cron: str | None, at: datetime | str | float | None, zone: str) -> Timing:
    """What a person said, read with care. Raises `UsageError` where it is neither or never comes."""
    place = _zone(zone)
    if (cron is None) == (at is None):
        raise UsageError("a schedule needs either cron, such as '0 9 * * MON', or at, such as 2027-01-01T09:00")
    if at is not None:
        return Timing(None, _moment(at, place), place)
    assert cron is not None
    return Timing(_cron(cron, place), None, place)


def _cron(given: str, zone: ZoneInfo) -> str:
    fields = given.split()
    hint = "minute, hour, day of month, month, day of week, such as '0 9 * * MON'"
    if len(fields) != 5 or len(given) > _LONGEST:
        raise UsageError(f"{given[:_LONGEST]!r} is not a cron expression: it has five fields, {hint}")
    try:
        CronSim(given, datetime(2000, 1, 1, tzinfo=zone))
    except CronSimError as error:
        raise UsageError(f"{given!r} is not a cron expression: {_lower(str(error))}; the fields are {hint}") from None
    return " ".join(fields)


def _moment(given: datetime | str | float, zone: ZoneInfo) -> float:
    try:
        moment = given if isinstance(given, datetime) else _read(given)
        local = moment.replace(tzinfo=zone) if moment.tzinfo is None else moment
        at = float(int(local.timestamp()))
        back = datetime.fromtimestamp(at, zone)
    except (ValueError, OverflowError, OSError):
        raise UsageError(f"{given!r} is not a moment: write it as 2027-01-01T09:00") from None
    if moment.tzinfo is None and back.replace(tzinfo=None, fold=0) != moment.replace(microsecond=0, fold=0):
        raise UsageError(f"{moment.isoformat()} does not exist in {zone.key}: the clocks are put forward over it")
    return at


def _read(given: str | float) -> datetime:
    return datetime.fromisoformat(given) if isinstance(given, str) else datetime.fromtimestamp(given, UTC)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        close = difflib.get_close_matches(name.title(), available_timezones(), n=1)
        meant = f"did you mean {close[0]}?" if close else "write it as Europe/Berlin, or UTC"
        raise UsageError(f"there is no time zone {name!r}: {meant}") from None


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
