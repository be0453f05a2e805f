"""What a run's machine means to people: its status, and what it waits for. Pure."""

from __future__ import annotations

from ..records import Json, RunStatus, StepView
from .machine import Machine, OpenStep

_FOR = {"asking": "approval", "unknown": "outcome", "waiting": "event", "sleeping": "sleep", "retrying": "retry"}


def status(machine: Machine) -> tuple[RunStatus, Json]:
    """The first that holds, and its reason: `waits`, each with `for`, `step`, `since`, `until`, `line`."""
    if machine.ended:
        return machine.ended, None
    waits = [_wait(step) for step in machine.open.values() if step.state in _FOR]
    if machine.attempts:
        return "running", None
    if machine.paused_since is not None:
        return "paused", {"paused": "on request", "since": machine.paused_since, "waits": waits}
    if any(wait["for"] in ("approval", "answer", "outcome", "event") for wait in waits):
        return "waiting", {"waits": waits}
    if waits:
        return "sleeping", {"waits": waits}
    return "queued", None


def _wait(step: OpenStep) -> dict[str, Json]:
    what = "answer" if step.command.kind == "ask" else _FOR[step.state]
    found = {"for": what, "step": step.key, "since": step.since, "until": step.until, "line": step.command.line}
    return {**found, "types": step.spec["types"]} if what == "event" else found


def views(machine: Machine) -> tuple[StepView, ...]:
    """Every step of the run, in order of start."""
    return tuple(_view(step) for step in machine.steps.values())


def _view(step: OpenStep) -> StepView:
    call = step.spec.get("call") or {}
    return StepView(
        key=step.key,
        kind=step.command.kind,
        name=step.command.name,
        occurrence=step.command.occurrence,
        state=step.state,
        attempts=step.attempt,
        started_at=step.started_at,
        ended_at=step.ended_at,
        tool=call.get("tool"),
        args=call.get("args"),
        result=step.result,
        error=step.error,
        line=step.command.line,
        due=step.until,
    )
