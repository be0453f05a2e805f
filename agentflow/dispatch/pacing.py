"""How soon a run that continues as new begins anew. Pure.

A generation that did nothing but continue as new would be followed by the next at once, and this for ever, as fast as
the disk is: nothing of the plan says when to stop, and no limit of a generation is ever reached. So it is paced, and
not failed: it may be one that only sets its payload right.
"""

from __future__ import annotations

from ..guest.values import compact
from ..records import Json
from .machine import Machine

PACE = 1.0
"""Seconds from the start of a generation that did nothing to that of the next."""


def begins_at(machine: Machine, now: float) -> float:
    """When the next generation begins: at once, if this one has called a tool, asked a person or taken an event."""
    if any(step.attempt or step.questions or step.bound for step in machine.steps.values()):
        return now
    return max(now, float(machine.deliveries[0]["at"]) + PACE)


def paced(at: float, now: float) -> dict[str, Json]:
    """What is shown of a run until then."""
    if at <= now:
        return {"status": "queued", "reason": None}
    wait = {"for": "sleep", "step": "continue_as_new", "since": now, "until": at, "line": None}
    return {"status": "sleeping", "reason": compact({"waits": [wait]})}
