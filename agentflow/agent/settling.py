"""How a goal moves on: from which statuses it may come to each."""

from __future__ import annotations

import json

from ..errors import Conflict
from ..records import GoalStatus
from ..store import Write

_OPEN: dict[GoalStatus, tuple[GoalStatus, ...]] = {
    "planned": ("planning",),
    "review": ("planning",),
    "started": ("planning", "planned", "review"),
    "refused": ("planning", "planned", "review"),
    "failed": ("planning",),
    "cancelled": ("planning", "planned", "review"),
}
"""From which statuses a goal may come to each."""


def settled(
    goal: str,
    status: GoalStatus,
    now: float,
    *,
    reason: str | None = None,
    version: int | None = None,
    run: str | None = None,
) -> Write:
    """The compare-and-set that moves a goal on; refused with `Conflict` where it is no longer open to that."""
    values = {"id": goal, "status": status, "reason": reason, "version": version, "run": run, "now": now}
    raced = Conflict(
        f"goal {goal} has moved on and cannot become {status}: look at it with `agentflow goal show {goal}`"
    )
    return Write("settle_goal", {**values, "was": json.dumps(_OPEN[status])}, raced)
