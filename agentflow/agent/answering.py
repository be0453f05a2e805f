"""What a goal tells the run that delegated it."""

from __future__ import annotations

from ..engine import Item
from ..records import Goal


def answer(goal: Goal, status: str, reason: str | None, now: float) -> tuple[str, Item] | None:
    """What a delegated goal that leads to no run tells the run that waits for it; None where nobody waits."""
    if goal.parent is None or status not in ("refused", "failed", "cancelled"):
        return None
    fault = "person" if status == "cancelled" else "plan"
    error = {"type": f"Goal{status.capitalize()}", "message": f"goal {goal.id} is {status}: {reason}", "data": None}
    return goal.parent, Item(
        "child", goal.parent_step or "", {"child": goal.id, "error": {**error, "fault": fault}}, now
    )
