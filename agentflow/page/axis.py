"""The time axis of a run: where a moment stands between its left end, 0, and its right one, 100.

A plan works for seconds and then sleeps for weeks. Where quiet would leave no room for work, it is drawn shorter than
it was, and the axis says so.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import log1p
from typing import NamedTuple

QUIET = 3.0
"""How much longer quiet may be than work before it is drawn shorter."""
WORK = 55.0
"""The part of the axis that work has then."""
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400)
_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


class Span(NamedTuple):
    """A stretch of time, and whether something was at work in it."""

    since: float
    until: float
    busy: bool


class Tick(NamedTuple):
    """A place on the axis, and what time had passed there."""

    place: float
    words: str


@dataclass(frozen=True, slots=True)
class Axis:
    """Moments in order, and the place of each."""

    moments: tuple[float, ...]
    places: tuple[float, ...]
    squeezed: bool
    """Whether quiet is drawn shorter than it was."""

    def place(self, at: float) -> float:
        """Where a moment stands; what lies outside stands at the end."""
        n = min(max(bisect_right(self.moments, at), 1), len(self.moments) - 1)
        return _between(at, self.moments[n - 1 : n + 1], self.places[n - 1 : n + 1])

    def moment(self, place: float) -> float:
        """What time it is at a place."""
        n = min(max(bisect_right(self.places, place), 1), len(self.places) - 1)
        return _between(place, self.places[n - 1 : n + 1], self.moments[n - 1 : n + 1])

    def ticks(self) -> list[Tick]:
        """Places with a time: even times where the axis is even, else every quarter of it."""
        begin, length = self.moments[0], self.moments[-1] - self.moments[0]
        if self.squeezed:
            return [Tick(place, elapsed(self.moment(place) - begin)) for place in (25.0, 50.0, 75.0)]
        step = _step(length)
        passed = (n * step for n in range(1, int(length / step) + 1))
        return [Tick(self.place(begin + one), elapsed(one)) for one in passed if one < 0.97 * length]


def axis(spans: Iterable[Span], begin: float, end: float) -> Axis:
    """The axis from one moment to another, on which these stretches are shown."""
    known = [span for span in spans if span.busy and span.until > span.since]
    moments = sorted({begin, end, *(at for span in known for at in span[:2] if begin < at < end)})
    if len(moments) < 2:
        return Axis((begin, begin + 1.0), (0.0, 100.0), squeezed=False)
    lengths = [until - since for since, until in pairwise(moments)]
    busy = _busy(known, moments)
    work = sum(length for length, at_work in zip(lengths, busy, strict=True) if at_work)
    squeezed = 0 < QUIET * work < sum(lengths) - work
    weights = _weights(lengths, busy, work) if squeezed else lengths
    places, whole = accumulate(weights, initial=0.0), sum(weights)
    return Axis(tuple(moments), tuple(100.0 * place / whole for place in places), squeezed)


def elapsed(seconds: float) -> str:
    """A length of time, as exact as it is worth: `45 ms`, `3.2 s`, `2 min 5 s`, `1 d 14 h`."""
    if seconds < 0.9995:
        return f"{max(seconds, 0.0) * 1000:.0f} ms"
    if seconds < 9.95:
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    whole = round(seconds)
    n = next(n for n, (_, size) in enumerate(_UNITS) if whole >= size)
    (unit, size), (finer, part) = _UNITS[n], _UNITS[min(n + 1, len(_UNITS) - 1)]
    rest = whole % size // part
    return f"{whole // size} {unit} {rest} {finer}" if rest else f"{whole // size} {unit}"


def _busy(spans: Sequence[Span], moments: Sequence[float]) -> list[bool]:
    """For each stretch between two moments, whether anything was at work in it."""
    place = {at: n for n, at in enumerate(moments)}
    changes = [0] * len(moments)
    for span in spans:
        changes[place[max(span.since, moments[0])]] += 1
        changes[place[min(span.until, moments[-1])]] -= 1
    return [at_work > 0 for at_work in accumulate(changes[:-1])]


def _weights(lengths: Sequence[float], busy: Sequence[bool], work: float) -> list[float]:
    """Work as long as it was, and quiet by the logarithm of its length."""
    quiet = sum(log1p(length) for length, at_work in zip(lengths, busy, strict=True) if not at_work)
    return [
        WORK * length / work if at_work else (100 - WORK) * log1p(length) / quiet
        for length, at_work in zip(lengths, busy, strict=True)
    ]


def _between(at: float, known: Sequence[float], wanted: Sequence[float]) -> float:
    part = (at - known[0]) / (known[1] - known[0])
    return wanted[0] + min(max(part, 0.0), 1.0) * (wanted[1] - wanted[0])


def _step(length: float) -> float:
    """The time between two ticks, of which there are three to six."""
    wanted = length / 5
    if wanted < 1:
        power = 10.0 ** next(n for n in range(-1, -8, -1) if 10.0**n <= wanted or n == -7)
        return power * next(times for times in (1, 2, 5, 10) if times * power >= wanted)
    days = -(-wanted // 86_400) * 86_400
    return float(next((step for step in _STEPS if step >= wanted), days))
