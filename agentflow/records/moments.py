"""A run looked back at, as plain data: where its code stood at a step, and how a history replays."""

from __future__ import annotations

from dataclasses import dataclass

from . import Json, StepView
from .shown import Shown


@dataclass(frozen=True, slots=True)
class Name:
    """What a name of the plan holds."""

    name: str
    """`self.x` is told as such."""
    type: str
    """The name of its class."""
    value: Json
    """Encoded, where it is a value and not large; else None."""
    size: int | None
    """Characters of JSON; None where it is no value."""

    @property
    def shown(self) -> bool:
        """Whether `value` is what it holds."""
        return self.value is not None or self.type == "NoneType"


@dataclass(frozen=True, slots=True)
class Place:
    """A function of the plan that waits, at a line of its source."""

    function: str
    line: int
    names: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class Branch:
    """One of the run's coroutines: `run` itself, or a member of a group."""

    waits: str | None
    """The key of the step that it waits for; None where it waits for several, or for a group."""
    places: tuple[Place, ...]
    """The innermost function last."""


@dataclass(frozen=True, slots=True)
class Looked:
    """Where a run stands."""

    branches: tuple[Branch, ...]
    more: int
    """Branches that are not told of."""


@dataclass(frozen=True, slots=True)
class Moment(Shown):
    """A run just before a step: its code has asked for the step, and nothing has come of it yet."""

    run: str
    generation: int
    step: str
    """The step's key."""
    turn: int
    """The turn that started it, counted from 1."""
    at: float
    """What the run's clock says."""
    line: int | None
    """Of the step, in the source of the version that was replayed."""
    branches: tuple[Branch, ...]
    """The one that waits for this step first."""
    more: int
    recorded: tuple[StepView, ...]
    """The steps that were started before it, in that order."""
    next: tuple[str, ...]
    """The keys of the steps that started in the same turn."""


@dataclass(frozen=True, slots=True)
class Replay(Shown):
    """A history replayed on some code, without any effect."""

    turns: int
    """How many turns were as they had been."""
    of: int
    """How many there are."""
    step: str | None = None
    """The first step in which the code differs, where it does in one."""
    line: int | None = None
    """Where the code that was replayed asks for something else."""
    was: str | None = None
    now: str | None = None
    """What the history has, and what the code does instead; None where all is as it was."""
    moment: Moment | None = None
    """Where the run stood at the step that was asked for."""

    @property
    def same(self) -> bool:
        """Whether the code does what the history says."""
        return self.now is None
