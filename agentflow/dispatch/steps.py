"""What a run's machine remembers: commands as they are stored, and the steps that they opened."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..records import Json, Spent
from .failures import Failure

UNDO = "/undo"
"""Ends the key of an undoing; every other key ends in `#` and a number."""


_LASTING = ("sleeping", "timing", "waiting", "delegated")
"""States that end after a length of time which does not count while the run is paused."""


def key_of(step: str) -> str:
    """The key of a step as people name it: `NAME#K`, or `NAME` for its first occurrence."""
    return step if step.rpartition("#")[2].isdigit() and "#" in step else f"{step}#1"


def is_named(key: str) -> bool:
    """Whether a step has a name that people know it by: what a plan tells of itself, and a limit of time, have none."""
    return bool(key.rpartition("#")[0])


@dataclass(frozen=True, slots=True)
class Issued:
    """A command as it is stored: what the plan asked for, and what the host knew of it then."""

    turn: int
    kind: str
    name: str
    occurrence: int
    line: int | None
    spec: dict[str, Json]
    facts: dict[str, Json] = field(default_factory=dict)

    @property
    def key(self) -> str:
        key = f"{self.name}#{self.occurrence}"
        return key + UNDO if self.kind == "undo" else key


@dataclass(slots=True)
class Phase:
    """A state that a step was in for a while. An attempt has a number, and what it failed with."""

    state: str
    since: float
    attempt: int | None
    until: float | None = None
    failure: Failure | None = None


@dataclass(slots=True)
class OpenStep:
    """One step of a run and where it stands."""

    command: Issued
    key: str = field(init=False)
    spec: dict[str, Json] = field(init=False)
    started_at: float
    state: str = "running"
    attempt: int = 0
    spared: int = 0
    """Attempts that do not count against `retries`: held ones, and those of an undoing before it was tried again."""
    evaluations: int = 0
    since: float = 0.0
    until: float | None = None
    deadline: float | None = None
    questions: int = 0
    last: Failure | None = None
    ended_at: float | None = None
    result: Json = None
    error: Json = None
    spent: Spent | None = None
    """What models took that its attempts asked."""
    bound: tuple[int, Json] | None = None
    """The event that a wait was bound to, and its number among all events."""
    unheard: bool = False
    """Withdrawn while its rollback is being worked out: it has happened, but the plan does not hear of it."""
    wanted: str | None = None
    """The key of what should be in flight for it: an attempt, or the evaluation of a function."""

    phases: list[Phase] = field(default_factory=list)
    """The states that it was in, in order."""

    def __post_init__(self) -> None:
        self.key, self.spec = self.command.key, self.command.spec

    @property
    def counts_from(self) -> float:
        """Since when it is: the later, the longer it stood still, where its length is what counts."""
        length = self.spec.get("seconds", self.spec.get("timeout"))
        if self.until is None or length is None or self.spec.get("until") is not None or self.state not in _LASTING:
            return self.started_at
        return float(self.until - length)

    def enter(self, state: str, now: float, until: float | None = None) -> None:
        """Go over into a state, which is left at a moment where that is known."""
        self.leave(now)
        self.state, self.since, self.until = state, now, until
        self.phases.append(Phase(state, now, self.attempt if state == "running" else None))

    def leave(self, now: float) -> None:
        """The state that it was in is over."""
        if self.phases and self.phases[-1].until is None:
            self.phases[-1].until = now


@dataclass(slots=True)
class Granted:
    """A call that people approved because the plan asked: canonical tool and arguments, and the step that used it."""

    call: str
    used_by: str | None = None
