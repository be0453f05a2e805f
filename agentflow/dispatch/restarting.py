"""What a restart from a step takes over from the generation before. Pure.

The new generation inherits the deliveries up to the turn that started the step; that one is delivered anew, now, so the
turn is played live, and its other steps start again or find what they came to. Of what was delivered later, all that
belongs to steps which were open then is in its inbox, in order, and all events are unread again. An attempt of such a
step whose outcome nobody knows stays begun: it comes back as interrupted, and is not made twice unseen. What has been
undone since cannot be taken over as done.

The time in between does not count: what the step and all after it wait for counts from now, and what was open
before keeps what was left of it, as over a pause. That is said in words that there are: `pause` and `resume`.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ..engine import Inheritance, Item
from ..errors import Conflict, NotFound
from ..records import Run
from .machine import Issued, Machine
from .steps import UNDO, is_named, key_of
from .story import advance, blank, fold


class Moved(Conflict):
    """Something was delivered to the run, or to what it delegated, since it was looked at."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Where the history is cut: `n` items and the commands of `turn` turns stay."""

    n: int
    turn: int
    kept: Mapping[str, int]
    """The steps that stay open, and the generation in which each was first started."""
    origins: Mapping[str, int]
    """The same of all steps that are taken over: what was decided for one, or came of its child, names it."""
    begun: Mapping[str, float]
    """Since when those steps of the turns that stay are that were moved to another version once."""
    questions: Sequence[str]
    """What people are asked for the steps that stay open."""
    paused: bool
    """Whether the run is paused, and with it what it delegated."""
    length: int
    """How many items had been delivered when it was cut."""
    inheritance: Inheritance
    lost: Sequence[Item]
    """What was delivered and is neither kept nor delivered anew."""


def cut(run: Run, items: Sequence[Item], commands: Mapping[int, Sequence[Issued]], step: str, at: float) -> Cut:
    """The cut before a step, `NAME#K` or `NAME` for its first occurrence, where the run begins anew `at` this moment.

    Raises `NotFound` where it never started, and `Conflict` where a step before it has been undone since.
    """
    key = key_of(step)
    n, turn, machine = _found(run, items, commands, key)
    staying = {open for open in machine.open if open != key}
    return _cut(run, items, commands, Place(n, turn, machine, _undoings(machine)), staying, at, stopped=True)


def cut_before(
    run: Run,
    items: Sequence[Item],
    commands: Mapping[int, Sequence[Issued]],
    turn: int,
    at: float,
    *,
    same: Container[str] = (),
    stopped: bool = True,
) -> Cut:
    """The cut before a turn, for code that may ask for something else in it: of the steps that start in it, those are
    taken over that are the `same`.

    A turn above the last one takes over all there is. Where the run was not `stopped`, no clock is: what was open goes
    on as it would have. Raises `Conflict` where a step before has been undone since.
    """
    place = _place(run, items, commands, turn)
    kept = {key for key, step in place.machine.open.items() if step.command.turn <= place.turn or key in same}
    return _cut(run, items, commands, place, kept, at, stopped=stopped)


@dataclass(frozen=True, slots=True)
class Place:
    """Which item leads to what is played anew, how many turns came before, and the machine after it."""

    n: int
    turn: int
    machine: Machine
    undone: frozenset[str]
    """The undoings that had begun by then."""


def _cut(
    run: Run,
    items: Sequence[Item],
    commands: Mapping[int, Sequence[Issued]],
    place: Place,
    staying: Container[str],
    at: float,
    *,
    stopped: bool,
) -> Cut:
    n, turn, machine = place.n, place.turn, place.machine
    kept = {open: machine.origin(open) for open in machine.open if open in staying}
    taken = {key: step for key, step in machine.steps.items() if step.command.turn <= turn or key in kept}
    origins = {started: machine.origin(started) for started in taken}
    later = [item for item in items[n + 1 :] if item.kind == "event" or _owner(item) in kept]
    gone_by = [item for item in items[n + 1 :] if item.kind != "event" and _owner(item) not in kept]
    now = fold(run, items, commands)
    if gone := next((step for step in origins if step not in kept and _undone(step, place.undone, now)), None):
        raise Conflict(f"run {run.id}: {gone} has been undone: restart it from there, or from a step before")
    again = [replace(item, at=at) for item in items[n : n + 1]]
    before = not again or again[0].kind == "timer" or any(machine.steps[open].command.turn <= turn for open in kept)
    if stopped:
        first, answers = _between(items[0].at, at) if before else [], [*kept]
    else:  # what people have said and nobody has heard yet has no key
        (first, again), answers = _going_on(items, n, now.paused_since, at), [*kept, ""]
    inheritance = Inheritance([*first, *again, *later], _in_flight(kept, items, now), answers)
    questions = [id for open in kept if (id := machine.asked(open))]
    begun = {key: since for key, since in (run.begun or {}).items() if key in taken and taken[key].command.turn <= turn}
    paused = now.paused_since is not None
    return Cut(n, turn, kept, origins, begun, questions, paused, len(items), inheritance, gone_by)


def _undoings(machine: Machine) -> frozenset[str]:
    return frozenset(key for key in machine.steps if key.endswith(UNDO))


def _undone(step: str, then: Container[str], now: Machine) -> bool:
    """Whether the undoing of a step was begun after the cut, and is not known to have failed."""
    undoing = now.steps.get(step + UNDO)
    return undoing is not None and undoing.key not in then and undoing.state != "failed"


def _in_flight(kept: Iterable[str], items: Sequence[Item], now: Machine) -> list[str]:
    """The attempts that were begun and whose outcome is not known: also those that were cut off when the run ended."""
    told = {item.key for item in items if item.kind == "outcome"}
    newest = [f"{key}:{now.steps[key].attempt}" for key in kept if now.steps[key].attempt]
    return [attempt for attempt in newest if attempt not in told]


def _between(start: float, at: float) -> list[Item]:
    """What stops the clocks of what is open; it is dated before every timer of the run, so that none is due."""
    return [Item("pause", "", None, math.nextafter(start, -math.inf)), Item("resume", "", None, at)]


def _going_on(items: Sequence[Item], n: int, paused: float | None, at: float) -> tuple[list[Item], list[Item]]:
    """What is said to a run whose clocks go on, or stand still, as they did; and what is played anew.

    Pauses that were over count for what was open then. One of the two words is always heard, so that the status is told
    anew.
    """
    since, _ = _pauses(items[:n], None)
    _, stood = _pauses(items[n:], since)
    again = [replace(item, at=at) for item in items[n : n + 1]]
    if since is not None and again:  # played anew is that it goes on
        return [], [Item("resume", "", stood, at)] if paused is None else []
    first = []
    if stood:
        start = math.nextafter(items[0].at, -math.inf)
        first = [Item("pause", "", None, start), Item("resume", "", stood, start)]
    return [*first, Item("resume" if paused is None else "pause", "", None, at)], again


def _pauses(items: Sequence[Item], since: float | None) -> tuple[float | None, float]:
    """Since when a run is paused after these items, if it is, and how long its clocks stood still before that."""
    stood = 0.0
    for item in items:
        if item.kind == "pause" and since is None:
            since = item.at
        elif item.kind == "resume" and since is not None:
            stood += item.at - since if item.body is None else item.body
            since = None
    return since, stood


def _found(
    run: Run, items: Sequence[Item], commands: Mapping[int, Sequence[Issued]], key: str
) -> tuple[int, int, Machine]:
    """Which item led to the turn that started the step, how many turns came before, and the machine then."""
    machine = blank(run)
    for n, item in enumerate(items):
        before = machine.turn
        advance(machine, item, commands)
        if key in machine.steps and is_named(key):
            return n, before, machine
    started = ", ".join(filter(is_named, machine.steps))
    raise NotFound(f"run {run.id} has not started a step {key}: it started {started or 'none'}")


def _place(run: Run, items: Sequence[Item], commands: Mapping[int, Sequence[Issued]], turn: int) -> Place:
    machine = blank(run)
    for n, item in enumerate(items):
        before = machine.turn
        advance(machine, item, commands)
        if machine.turn >= turn:
            undone = _undoings(fold(run, items[:n], commands))  # what ends with this turn begins to undo in it
            return Place(n, before, machine, undone)
    return Place(len(items), machine.turn, machine, _undoings(machine))


def _owner(item: Item) -> str:
    """The step that an item is for; what is for the run as a whole is not delivered again."""
    if item.kind in ("outcome", "timer"):
        return item.key.rpartition(":")[0]
    return item.key if item.kind in ("decision", "child") else ""
