"""The timeline of a run: a row for each step, and in it a bar for each attempt, pause and wait. Pure.

Steps of one name that are many, as those of a `map`, are one row until somebody opens it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ..records import Phase, Run, StepView
from ..wording import step_name
from .axis import Axis, Span, Tick, axis, elapsed

MANY = 8
"""Steps of one name that have a row each, unless it is opened."""
THIN = 0.25
"""The least width of a bar: what was over at once is seen, too."""
ROWS = 100
"""Rows of a page."""
SILENT = frozenset({"progress"})
"""Kinds of steps that take no time: what they said is told elsewhere."""
LOOKS = {
    "running": "runs", "done": "done", "failed": "failed", "retrying": "waits for its next attempt",
    "person": "waits for a person", "waiting": "waits for an event", "delegated": "waits for another run",
    "sleeping": "sleeps", "timing": "time limit", "held": "held by a pause", "undoing": "waits for an undoing",
    "withdrawn": "withdrawn",
}  # fmt: skip
"""What bars look like, and what that means."""
PHASES = LOOKS | {
    "asking": "waits for a person to agree", "unknown": "waits for a person to say whether it happened",
    "registering": "works out what undoes it", "pacing": "works out when to try again",
}  # fmt: skip
"""What a step does in each of its states."""
_LOOK = {"asking": "person", "unknown": "person"}
_BETWEEN = frozenset({"registering", "pacing"})
"""States that are over in a moment: they have no bar."""


class Bar(NamedTuple):
    """A stretch of a row, in percent of the axis."""

    x: float
    width: float
    look: str
    told: str


@dataclass(frozen=True, slots=True)
class Row:
    """A step on the timeline, or all of one name."""

    key: str
    name: str
    state: str
    took: str
    attempts: int
    bars: tuple[Bar, ...]
    told: str
    many: int = 0
    """How many steps it stands for, where they are folded."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """What is shown of a run's steps: one page of rows over one axis."""

    rows: tuple[Row, ...]
    ticks: tuple[Tick, ...]
    squeezed: bool
    legend: tuple[tuple[str, str], ...]
    """Looks that occur, and what they mean."""
    before: int | None
    """The first row of the page before, and of the one after."""
    after: int | None
    total: int
    """How many rows there are."""


def timeline(run: Run, steps: Sequence[StepView], now: float, *, opened: str = "", first: int = 0) -> Timeline:
    """The rows of a run from this one on; `opened` is the name of which each step has its own."""
    shown = [step for step in steps if step.kind not in SILENT]
    time = _axis(run, shown, now)
    groups = _grouped(shown, opened)
    first = max(0, min(first, len(groups) - 1))
    rows = tuple(_row(group, time, now) for group in groups[first : first + ROWS])
    looks = {bar.look for row in rows for bar in row.bars}
    legend = tuple((look, words) for look, words in LOOKS.items() if look in looks)
    before = max(0, first - ROWS) if first else None
    after = first + ROWS if first + ROWS < len(groups) else None
    return Timeline(rows, tuple(time.ticks()), time.squeezed, legend, before, after, len(groups))


def _axis(run: Run, steps: Iterable[StepView], now: float) -> Axis:
    phases = [(phase, now if phase.until is None else phase.until) for step in steps for phase in step.phases]
    spans = [Span(phase.since, until, phase.state == "running") for phase, until in phases]
    begins = [span.since for span in spans]
    begin = min([*begins, run.created_at] if run.generation == 1 or not begins else begins)
    end = now if run.ended_at is None else max(run.ended_at, *(span.until for span in spans), begin)
    return axis(spans, begin, max(begin, end))


def _grouped(steps: Sequence[StepView], opened: str) -> list[list[StepView]]:
    """Steps that have a row together, in the order in which the first of them started."""
    counts = Counter(_name(step) for step in steps)
    groups: dict[str, list[StepView]] = {}
    for step in steps:
        name = _name(step)
        folded = counts[name] > MANY and name != opened
        groups.setdefault(f"* {name}" if folded else step.key, []).append(step)
    return list(groups.values())


def _name(step: StepView) -> str:
    """What steps that are alike have in common."""
    return f"undo {step.name}" if step.kind == "undo" else step.name


def _row(group: Sequence[StepView], time: Axis, now: float) -> Row:
    if len(group) > 1:
        return _folded(group, time, now)
    [step] = group
    phases = [phase for phase in step.phases if phase.state not in _BETWEEN]
    told = [_told(step, phase, now) for phase in phases]
    bars = [
        _bar(time, (phase.since, now if phase.until is None else phase.until), _look(step, phase), words)
        for phase, words in zip(phases, told, strict=True)
    ]
    if not bars:  # it was over in the moment in which it began
        told = [step.state]
        bars = [_bar(time, (step.started_at, step.started_at), step.state, step.state)]
    took = _took(step, now)
    return Row(step.key, step_name(step.key), step.state, took, step.attempts, tuple(bars), "; ".join(told))


def _folded(group: Sequence[StepView], time: Axis, now: float) -> Row:
    states = Counter(step.state for step in group)
    state = next((one for one in ("failed", "done", "withdrawn") if set(states) == {one}), "running")
    if all(step.ended_at is not None for step in group):
        state = "failed" if states["failed"] else "done"
    begin, end = group[0].started_at, max(now if step.ended_at is None else step.ended_at for step in group)
    told = ", ".join(f"{n} {one}" for one, n in states.most_common())
    bar, name = _bar(time, (begin, end), state, told), _name(group[0])
    attempts = sum(step.attempts for step in group)
    return Row(group[0].key, name, state, elapsed(end - begin), attempts, (bar,), told, len(group))


def _bar(time: Axis, span: tuple[float, float], look: str, told: str) -> Bar:
    x, end = time.place(span[0]), time.place(span[1])
    return Bar(round(min(x, 100 - THIN), 3), round(max(end - x, THIN), 3), look, told)


def _look(step: StepView, phase: Phase) -> str:
    if phase.state != "running" or phase.until is None:
        return _LOOK.get(phase.state, phase.state)
    if phase.error:
        return "failed"
    return "withdrawn" if step.state == "withdrawn" and phase is step.phases[-1] else "done"


def _told(step: StepView, phase: Phase, now: float) -> str:
    """A phase in words."""
    lasted = elapsed((now if phase.until is None else phase.until) - phase.since)
    look = _look(step, phase)
    if phase.attempt is None:
        return f"{LOOKS[look]}, {lasted}"
    error = f": {phase.error['type']}: {phase.error['message']}" if phase.error else ""
    return f"attempt {phase.attempt} {LOOKS[look]}{error}, {lasted}"


def _took(step: StepView, now: float) -> str:
    return elapsed((now if step.ended_at is None else step.ended_at) - step.started_at)
