"""What a run delegates: another run, or a goal that leads to one, under ids that follow from the step that waits."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Protocol

from ..guest.values import canonical
from ..records import Delegation, Json, Run
from ..store import Write


def child_ids(run: str, generation: int, step: str) -> tuple[str, str]:
    """The ids of the goal and of the run that a step delegates: a repetition finds what the first try has made."""
    token = sha256(canonical([run, generation, step]).encode()).hexdigest()[:16]
    return f"goal_{token}", f"run_{token}"


class Delegates(Protocol):
    """The front half's part in it. Made by the app, since the two halves do not know each other."""

    async def begin(self, delegation: Delegation) -> None:
        """Make the goal or the run; once, however often it is called. Raises `ToolError` where that may not be."""
        ...


def answer(run: Run, status: str, result: Json, error: Json) -> dict[str, Json]:
    """What a delegated run tells the run that waits for it."""
    if status == "completed":
        return {"child": run.id, "ok": result}
    if error is None:
        error = {"type": "Cancelled", "message": f"run {run.id} was cancelled", "data": None, "fault": "person"}
    return {"child": run.id, "error": {key: error.get(key) for key in ("type", "message", "data", "fault")}}


def goal_answer(id: str, status: str, reason: str | None) -> dict[str, Json]:
    """The same of a delegated goal that leads to no run."""
    fault = "person" if status == "cancelled" else "plan"
    error = {"type": f"Goal{status.capitalize()}", "message": f"goal {id} is {status}: {reason}", "data": None}
    return {"child": id, "error": {**error, "fault": fault}}


def cancelled_goal(id: str, now: float) -> Write:
    """A delegated goal that has not led to a run yet is cancelled; of any other id, this touches nothing."""
    was = json.dumps(["planning", "planned", "review"])
    values = {"id": id, "status": "cancelled", "reason": None, "version": None, "run": None, "now": now, "was": was}
    return Write("settle_goal", values)
