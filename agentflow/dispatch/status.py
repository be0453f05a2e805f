"""What a run's machine means to people: its status, and what it waits for. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import nsmallest
from math import inf

from ..approvals.veil import REDACTED
from ..records import Json, Phase, RunStatus, StepView
from . import steps
from .machine import Machine, OpenStep
from .veiling import cleaned, told, veiled

_FOR = {
    "asking": "approval",
    "unknown": "outcome",
    "waiting": "event",
    "delegated": "run",
    "sleeping": "sleep",
    "retrying": "retry",
}
_OUTSIDE = frozenset({"asking", "unknown", "waiting", "delegated"})
"""States that something from outside ends, and not time alone."""
_PEOPLE = frozenset({"asking", "unknown"})
_ASKED = (
    "retries", "timeout", "deadline", "until", "seconds", "at", "types", "where", "question", "message", "fraction",
    "agent", "goal", "payload", "names",
)  # fmt: skip
"""What of a command is told beside its call."""
SHOWN = 20
"""How many things that a run waits for are told."""


def status(machine: Machine) -> tuple[RunStatus, Json]:
    """The first that holds, and its reason: `waits`, each with `for`, `step`, `since`, `until`, `line`.

    Where a pause has stopped its clock, a wait has what is `left` of it instead of the moment.
    """
    if machine.ended:
        return "completed" if machine.ended == "continued" else machine.ended, None
    if machine.wishes.attempts:
        return "running", None
    waits = _waits(machine)
    if machine.paused_since is not None:
        return "paused", {"paused": "on request", "since": machine.paused_since, **waits}
    if any(step.state in _OUTSIDE for step in machine.open.values()):
        return "waiting", waits
    if machine.ending:
        return "running", waits if waits["waits"] else None
    return ("sleeping", waits) if waits["waits"] else ("queued", None)


def _waits(machine: Machine) -> dict[str, Json]:
    """The first things to come, what moves by itself before what only a person moves, and how many `more` there are.

    A run may sleep in thousands of branches, and its status is stored whenever it changes.
    """
    waiting = [step for step in machine.open.values() if step.state in _FOR]
    first = nsmallest(SHOWN, waiting, key=lambda step: (step.state in _PEOPLE, step.until or inf))
    more = len(waiting) - len(first)
    return {"waits": [_wait(step, machine.wishes.left(step)) for step in first], **({"more": more} if more else {})}


def _wait(step: OpenStep, left: float | None) -> dict[str, Json]:
    what = "answer" if step.command.kind == "ask" else _FOR[step.state]
    found = {"for": what, "step": step.key, "since": step.since, "until": step.until, "line": step.command.line}
    if left is not None:
        found |= {"until": None, "left": left}
    if what == "event":
        found["types"] = step.spec["types"]
    if what == "run":
        found["agent"] = step.spec["agent"]
    return found


def views(machine: Machine) -> tuple[StepView, ...]:
    """Every step of the run, in order of start."""
    said = told(machine.steps.values())
    return tuple(_view(step, machine.wishes.left(step), said) for step in machine.steps.values())


def _view(step: OpenStep, left: float | None, said: Sequence[str]) -> StepView:
    call = step.spec.get("call") or {}
    secret = bool(step.spec.get("sensitive"))
    return StepView(
        key=step.key,
        kind=step.command.kind,
        name=step.command.name or step.command.kind,
        occurrence=step.command.occurrence,
        state=step.state,
        attempts=step.attempt,
        started_at=step.started_at,
        ended_at=step.ended_at,
        tool=call.get("tool"),
        args=REDACTED if secret and call else call.get("args"),
        result=REDACTED if secret and step.result is not None else step.result,
        error=veiled(step.error) if secret else cleaned(step.error, said),
        line=step.command.line,
        due=step.until if left is None else None,
        spent=step.spent,
        phases=tuple(_phase(phase, secret=secret) for phase in step.phases),
        asked={key: step.spec[key] for key in _ASKED if step.spec.get(key) is not None},
    )


def _phase(phase: steps.Phase, *, secret: bool) -> Phase:
    error = None
    if (failed := phase.failure) is not None:
        said = {"type": failed.type, "message": failed.message, "fault": failed.fault}
        error = {**(veiled(said) if secret else said), "unknown": failed.unknown, "final": failed.final}
    return Phase(phase.state, phase.since, phase.until, phase.attempt, error)
