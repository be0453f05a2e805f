"""Where a run may go on with another version of its plan. Pure.

The new version takes over at the first turn in which it asks for something else than the history has: all turns before
are replayed exactly, and that one is played live. This may be only where nothing that was begun in it or after it has
done anything, for that would be forgotten, and perhaps be done again. A step that failed in a way that is known has
done nothing; so a plan that was right up to the step that failed goes on at that step, and one that only looked wrongly
at what came of it goes on after it.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

from ..engine import Item
from ..errors import Conflict
from ..records import Json, Run
from ..records.revisions import Done
from ..sandbox import Command
from .machine import Issued, Machine
from .replaying import Divergence, Replayed, identity
from .restarting import Cut, cut_before
from .steps import UNDO, OpenStep
from .story import fold


@dataclass(frozen=True, slots=True)
class Past:
    """What is stored of a run's generation, and the machine that it makes."""

    run: Run
    items: Sequence[Item]
    commands: Mapping[int, Sequence[Issued]]
    machine: Machine

    @classmethod
    def of(cls, run: Run, items: Sequence[Item], commands: Mapping[int, Sequence[Issued]]) -> Past:
        return cls(run, items, commands, fold(run, items, commands))

    @property
    def replayed(self) -> int:
        """How many turns are compared: all, but the one in which a run has failed, since that is to be another."""
        return self.machine.turn - (self.run.status == "failed")

    def done(self, turn: int = 0) -> list[OpenStep]:
        """The steps that were started after so many turns and have done something, or may have."""
        told = self._told()
        return [
            step
            for step in self.machine.steps.values()
            if step.command.turn > turn and self._acted(step, told.get(step.key, ()))
        ]

    def _told(self) -> Mapping[str, Sequence[dict[str, Json]]]:
        """What the attempts of each step came to, where that is known."""
        told: dict[str, list[dict[str, Json]]] = {}
        for item in self.items:
            key, _, number = item.key.rpartition(":")
            if item.kind == "outcome" and number.isdigit():
                told.setdefault(key, []).append(item.body)
        return told

    def _acted(self, step: OpenStep, told: Sequence[dict[str, Json]]) -> bool:
        if step.command.kind not in ("do", "delegate") or step.command.facts.get("effect") == "read":
            return False
        undoing = self.machine.steps.get(step.key + UNDO)
        if undoing is not None and undoing.state == "done":
            return False
        if step.command.turn > self.replayed:
            return False  # asked for in the turn in which the run failed: it never began
        return len(told) < step.attempt or not all(_is_nothing(body, step) for body in told)


def follow(past: Past, differs: Divergence | None, failed: str | None, at: float) -> Cut | str:
    """Where a run goes on with code whose replay `differs` there; or why it cannot.

    `failed` is the step that went wrong: where the code may be new from there on, it is not told of the failure.
    """
    reach = differs.turn if differs else past.replayed + 1
    step = past.machine.steps.get(failed or "")
    turns = [step.command.turn, reach] if step is not None and step.command.turn < reach else [reach]
    why = ""
    for turn in turns:
        try:
            kept = cut_before(past.run, past.items, past.commands, turn, at)
        except Conflict as undone:
            return str(undone)
        if not (lost := past.done(kept.turn)):
            return kept
        why = f"{differs.brief}, where {_named(lost)} done" if differs else f"{_named(lost)} done by then"
    return why


@dataclass(frozen=True, slots=True)
class Moving:
    """How a run that goes on moves to another version: where it is cut, and what that means for what is open."""

    cut: Cut
    begun: Mapping[str, float]
    """Since when the steps are that the new version starts anew and the run had already."""
    stays: tuple[str, ...]
    withdrawn: tuple[str, ...]
    starts: tuple[str, ...]


def move(past: Past, replayed: Replayed, at: float) -> Moving | str:
    """How a run that goes on moves to the code of a replay; or why it cannot.

    In the turn in which the code asks for something else, what it asks for as before stays as it is, and a sleep of the
    same name that is another one counts from where the old one began. Everything else of that turn is let go, and may
    not have done anything.
    """
    differs, machine = replayed.differs, past.machine
    if machine.ending:
        return "it is being undone"
    turn = differs.turn if differs else machine.turn + 1
    asked = {command.key: command for command in replayed.asked}
    alike = {
        key
        for key, step in machine.steps.items()
        if step.command.turn < turn
        or (step.command.turn == turn and key in asked and _goes_on(asked[key], step, machine.open))
    }
    try:
        kept = cut_before(past.run, past.items, past.commands, turn, at, same=alike, stopped=False)
    except Conflict as undone:
        return str(undone)
    lost = [step for step in past.done(kept.turn) if step.key not in kept.kept]
    if lost:
        return f"{differs.brief}, where {_named(lost)} done" if differs else f"{_named(lost)} done by then"
    again = {key for key in alike if machine.steps[key].command.turn > kept.turn}
    asleep = {
        key
        for key, step in machine.open.items()
        if step.state == "sleeping" and key in asked and asked[key].kind == step.command.kind
    }
    begun = {key: machine.steps[key].counts_from for key in again | asleep}
    stays = tuple(key for key in machine.open if key in kept.kept)
    withdrawn = tuple(key for key in machine.open if key not in kept.kept)
    return Moving(kept, begun, stays, withdrawn, tuple(key for key in asked if key not in alike))


def offered(past: Past, replayed: Replayed) -> Replayed:
    """A replay that differs, too, where a question that is open offers other answers than the new code asks for. One
    that people have answered was answered."""
    for number, turn in enumerate(replayed.turns, 1):
        for command in turn.commands:
            if (step := past.machine.open.get(command.key)) and not _offers_the_same(command, step):
                brief = f"question {command.name!r} offers other answers in the new plan"
                differs = Divergence(number, identity(step.command), "offers other answers", brief, step.key)
                return Replayed(replayed.turns[: number - 1], differs, turn.commands)
    return replayed


def _offers_the_same(asked: Command, step: OpenStep) -> bool:
    return asked.kind != "ask" or asked.spec["schema"] == step.spec["schema"]


def _goes_on(asked: Command, step: OpenStep, open_ones: Container[str]) -> bool:
    """Whether a step of the old version is one of the new."""
    return identity(asked) == identity(step.command) and (step.key not in open_ones or _offers_the_same(asked, step))


def named(steps: Sequence[OpenStep]) -> list[Done]:
    """Steps that no plan may do again."""
    return [Done(step.command.name, (step.spec.get("call") or {}).get("tool")) for step in steps]


def _is_nothing(body: dict[str, Json], step: OpenStep) -> bool:
    """Whether an attempt that came to this has surely done nothing."""
    error = body.get("error")
    if error is None or body.get("unknown") or error["type"] == "StepTimeout":
        return False
    return step.command.facts.get("effect") != "function" or body.get("acted") is False


def _named(steps: Sequence[OpenStep]) -> str:
    names = [repr(step.command.name) for step in steps]
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"{', '.join(names[:3])}{more} {'is' if len(names) == 1 else 'are'}"
