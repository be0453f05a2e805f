"""What a restart from a step takes over from the generation before. Pure.

The new generation inherits the deliveries up to the turn that started the step; that one is delivered anew, so the turn
is played live, and its other steps start again or find what they came to. Of what was delivered later, the outcomes,
decisions and ends of children that belong to steps which were open then are in its inbox, and all events are unread
again. An attempt in flight of such a step stays begun: it comes back as interrupted, and is not made twice unseen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..engine import Inheritance, Item
from ..errors import NotFound
from ..records import Run
from .machine import Issued, Machine
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
    inheritance: Inheritance


def cut(run: Run, items: Sequence[Item], commands: Mapping[int, Sequence[Issued]], step: str) -> Cut:
    """The cut before a step, `NAME#K` or `NAME` for its first occurrence. Raises `NotFound` where it never started."""
    key = step if step.rpartition("#")[2].isdigit() and "#" in step else f"{step}#1"
    n, turn, machine = _found(run, items, commands, key)
    kept = {open: machine.origin(open) for open in machine.open if open != key}
    taken = {key: step for key, step in machine.steps.items() if step.command.turn <= turn or key in kept}
    origins = {started: machine.origin(started) for started in taken}
    later = [item for item in items[n + 1 :] if item.kind == "event" or _owner(item) in kept]
    now = fold(run, items, commands)
    in_flight = [attempt for attempt, owner in now.wishes.attempts.items() if owner.key in kept]
    return Cut(n, turn, kept, origins, Inheritance([items[n], *later], in_flight))


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
