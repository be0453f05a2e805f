"""What a restart from a step takes over from the generation before. Pure.

The new generation inherits the deliveries up to the turn that started the step; that one is delivered anew, so the turn
is played live, and its other steps start again or find what they came to. Of what was delivered later, the outcomes,
decisions and ends of children that belong to steps which were open then are in its inbox, and all events are unread
again. An attempt of such a step whose outcome nobody knows stays begun: it comes back as interrupted, and is not made
twice unseen. What has been undone since cannot be taken over as done.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..engine import Inheritance, Item
from ..errors import Conflict, NotFound
from ..records import Run
from .machine import Issued, Machine
from .steps import UNDO
from .story import advance, fold


@dataclass(frozen=True, slots=True)
class Cut:
    """Where the history is cut: `n` items and the commands of `turn` turns stay."""

    n: int
    turn: int
    kept: Mapping[str, int]
    """The steps that stay open, and the generation in which each was first started."""
    origins: Mapping[str, int]
    """The same of all steps that are taken over: what was decided for one, or came of its child, names it."""
    questions: Sequence[str]
    """What people are asked for the steps that stay open."""
    paused: bool
    """Whether the run is paused, and with it what it delegated."""
    length: int
    """How many items had been delivered when it was cut."""
    inheritance: Inheritance


def cut(run: Run, items: Sequence[Item], commands: Mapping[int, Sequence[Issued]], step: str) -> Cut:
    """The cut before a step, `NAME#K` or `NAME` for its first occurrence.

    Raises `NotFound` where it never started, and `Conflict` where a step before it has been undone since.
    """
    key = step if step.rpartition("#")[2].isdigit() and "#" in step else f"{step}#1"
    n, turn, machine = _found(run, items, commands, key)
    kept = {open: machine.origin(open) for open in machine.open if open != key}
    taken = {key: step for key, step in machine.steps.items() if step.command.turn <= turn or key in kept}
    origins = {started: machine.origin(started) for started in taken}
    later = [item for item in items[n + 1 :] if item.kind == "event" or _owner(item) in kept]
    now = fold(run, items, commands)
    if gone := next((step for step in origins if step not in kept and _undone(step, machine, now)), None):
        raise Conflict(f"run {run.id}: {gone} has been undone: restart it from there, or from a step before")
    inheritance = Inheritance([items[n], *later], _in_flight(kept, items, now), list(kept))
    questions = [id for open in kept if (id := machine.asked(open))]
    return Cut(n, turn, kept, origins, questions, now.paused_since is not None, len(items), inheritance)


def _undone(step: str, then: Machine, now: Machine) -> bool:
    """Whether the undoing of a step was begun after the cut, and is not known to have failed."""
    undoing = now.steps.get(step + UNDO)
    return undoing is not None and undoing.key not in then.steps and undoing.state != "failed"


def _in_flight(kept: Iterable[str], items: Sequence[Item], now: Machine) -> list[str]:
    """The attempts that were begun and whose outcome is not known: also those that were cut off when the run ended."""
    told = {item.key for item in items if item.kind == "outcome"}
    newest = [f"{key}:{now.steps[key].attempt}" for key in kept if now.steps[key].attempt]
    return [attempt for attempt in newest if attempt not in told]


def _found(
    run: Run, items: Sequence[Item], commands: Mapping[int, Sequence[Issued]], key: str
) -> tuple[int, int, Machine]:
    """Which item led to the turn that started the step, how many turns came before, and the machine then."""
    machine = Machine(run.id, run.generation, run.inherited)
    for n, item in enumerate(items):
        before = machine.turn
        advance(machine, item, commands)
        if key in machine.steps:
            return n, before, machine
    started = ", ".join(step for step in machine.steps if not step.startswith("#"))
    raise NotFound(f"run {run.id} has not started a step {key}: it started {started or 'none'}")


def _owner(item: Item) -> str:
    """The step that an item is for, of those that are kept when it is delivered again: timers are set anew."""
    if item.kind == "outcome":
        return item.key.rpartition(":")[0]
    return item.key if item.kind in ("decision", "child") else ""
