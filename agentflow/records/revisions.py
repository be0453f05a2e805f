"""What becomes of a run whose plan is written anew, as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from . import Goal
from .shown import Shown


@dataclass(frozen=True, slots=True)
class Done:
    """A step that has done something, or may have, and that no plan may do again."""

    name: str
    tool: str | None


@dataclass(frozen=True, slots=True)
class Outlook:
    """Whether a run goes on with a new version, and why."""

    goes_on: bool
    why: str
    """A sentence for people: how much stays done, or what differs."""
    done: Sequence[Done] = ()
    """Where it does not go on: what a new run must not do again."""


@dataclass(frozen=True, slots=True)
class Migration(Shown):
    """What became of a run that was to be moved to another version, or would become of it."""

    run: str
    before: int
    to: int
    moves: bool
    """Whether it has moved; after a dry run, whether it would."""
    why: str
    """A sentence for people: how much stays done, or what is in the way."""
    stays: tuple[str, ...] = ()
    """The keys of the steps that were open, and go on as they are."""
    withdrawn: tuple[str, ...] = ()
    """The keys of those that were open, and that the new version does not ask for."""
    starts: tuple[str, ...] = ()
    """The keys of those that it asks for instead."""
    busy: bool = False
    """An attempt is in flight: it moves when that has ended."""


def replaced(goal: Goal) -> int | None:
    """The version that the plan of a goal is to replace; None where there is none of both."""
    before = goal.feedback[-1].version if goal.feedback else None
    return None if goal.version in (None, before) else before
