"""What a run's machine means to people: its status, and what it waits for. Pure."""

from __future__ import annotations

from collections.abc import Container, Sequence
from heapq import nsmallest
from math import inf

from ..approvals.veil import REDACTED
from ..records import Json, Phase, RunStatus, StepView
from . import steps
from .machine import Machine, OpenStep

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
    return tuple(_view(step, machine.wishes.left(step)) for step in machine.steps.values())


def sensitive(machine: Machine) -> frozenset[str]:
    """The keys of the steps whose arguments and results are for the plan, its tools and its approvers alone."""
    return frozenset(key for key, step in machine.steps.items() if step.spec.get("sensitive"))


def redacted(entries: Sequence[dict[str, Json]], secret: Container[str]) -> list[dict[str, Json]]:
    """A history as people may see it."""
    return [_redacted(entry) if _owner(entry) in secret else entry for entry in entries]


def _owner(entry: dict[str, Json]) -> str:
    """The step of an entry: outcomes and timers name what of it as well."""
    key: str = entry["key"]
    return key.rpartition(":")[0] if entry["kind"] in ("outcome", "timer") else key


def _redacted(entry: dict[str, Json]) -> dict[str, Json]:
    body = entry["body"]
    hidden = {key: REDACTED for key in ("ok", "value") if isinstance(body, dict) and body.get(key) is not None}
    return {**entry, "body": {**body, **hidden}} if hidden else entry


def _view(step: OpenStep, left: float | None) -> StepView:
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
        error=step.error,
        line=step.command.line,
        due=step.until if left is None else None,
        spent=step.spent,
        phases=tuple(map(_phase, step.phases)),
        asked={key: step.spec[key] for key in _ASKED if step.spec.get(key) is not None},
    )


def _phase(phase: steps.Phase) -> Phase:
    error = None
    if (failed := phase.failure) is not None:
        said = {"type": failed.type, "message": failed.message, "fault": failed.fault}
        error = {**said, "unknown": failed.unknown, "final": failed.final}
    return Phase(phase.state, phase.since, phase.until, phase.attempt, error)
