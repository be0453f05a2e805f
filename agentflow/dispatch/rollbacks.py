"""Undoing: which completed steps have a tool call that takes them back, and which of those has been made. Pure.

A rollback is registered when its step completes, as plain data: the call that the plan's function gave for the step's
result. So undoing needs no code. A chain undoes what is registered, one after the other, the step that was started last
first, each once; it stops at the first that fails for good. A chain belongs to a `step.rollback`, or to the end of a
run that failed or is cancelled with rollback.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field

from ..records import Json
from .retries import DEFAULTS
from .steps import UNDO, Issued, OpenStep

TIMEOUT = 600.0
"""Seconds for one attempt of an undoing."""


@dataclass(slots=True)
class Rollback:
    """What undoes one step. Without a call, `error` says why there is none."""

    step: OpenStep
    call: Json
    facts: dict[str, Json]
    error: Json = None
    undone: bool = False

    def command(self) -> Issued:
        """The command that undoes, as if the plan had asked for it."""
        was = self.step.command
        spec = {
            "call": {**self.call, "approval": None},
            "retries": DEFAULTS,
            "timeout": TIMEOUT,
            "deadline": None,
            "rollback": False,
            "sensitive": was.spec.get("sensitive", False),
        }
        return Issued(was.turn, "undo", was.name, was.occurrence, was.line, spec, self.facts)


@dataclass(slots=True)
class Chain:
    """One undoing of several steps: of these names only, where they are given, for the step that asked, if one did."""

    owner: str | None = None
    names: Container[str] | None = None
    undone: list[str] = field(default_factory=list)


class Rollbacks:
    """All that is registered for a run, by the key of the step."""

    def __init__(self) -> None:
        self._all: dict[str, Rollback] = {}

    @property
    def pending(self) -> bool:
        """Whether anything is left to undo."""
        return any(not rollback.undone for rollback in self._all.values())

    def __getitem__(self, key: str) -> Rollback:
        return self._all[key]

    def register(self, step: OpenStep, call: Json, facts: dict[str, Json], error: Json) -> None:
        """Remember what undoes a completed step."""
        self._all[step.key] = Rollback(step, call, facts, error)

    @property
    def refused(self) -> dict[str, Json]:
        """The calls that are left and could not be made, when they were registered, by the key of the step."""
        return {key: one.call for key, one in self._all.items() if not one.undone and one.facts.get("refused")}

    def known(self, facts: Mapping[str, dict[str, Json]]) -> None:
        """What holds of some of the calls now."""
        for key, known in facts.items():
            self._all[key].facts = known

    def next(self, chain: Chain, started: Iterable[str], open: Container[str]) -> Rollback | None:
        """What a chain undoes next, given all steps in order of start, and those that are open: an undoing is one."""
        for key in reversed(list(started)):
            found = self._all.get(key)
            if found is None or found.undone or key + UNDO in open:
                continue
            if chain.names is None or found.step.command.name in chain.names:
                return found
        return None

    def report(self, started: Iterable[str], error: Json) -> dict[str, Json] | None:
        """What was undone, in that order, and what was not; None where nothing was to be undone."""
        keys = [key for key in reversed(list(started)) if key in self._all]
        if not keys:
            return None
        undone = [key for key in keys if self._all[key].undone]
        left = [key for key in keys if not self._all[key].undone]
        return {"outcome": "failed" if left else "complete", "undone": undone, "left": left, "error": error}
