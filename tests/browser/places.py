"""Every screen, by its name: where it is in the shop as it stands."""

from __future__ import annotations

from .seed import Shop

FIXED = {
    "inbox": "/",
    "inbox-all": "/?status=all",
    "goals": "/goals",
    "submit": "/goals/new?agent=refunds",
    "runs": "/runs",
    "start-run": "/runs/new?agent=refunds",
    "agents": "/agents",
    "agent": "/agents/refunds",
    "version": "/agents/refunds/plans/2",
    "move": "/agents/refunds/plans/2/move?to=1",
    "tools": "/tools",
    "schedules": "/schedules",
    "audit": "/audit",
    "settings": "/settings",
    "not-here": "/nowhere",
}
RUNS = {
    "run-completed": "done",
    "run-failed": "failed",
    "run-waiting": "call",
    "run-asleep": "asleep",
    "run-retrying": "retrying",
    "run-for-event": "event",
    "run-cancelled": "cancelled",
}
GOALS = {"plan-review": "review", "goal-refused": "refused"}
QUESTIONS = {
    "approval": "call",
    "approval-answer": "ask",
    "approval-quorum": "quorum",
    "approval-outcome": "unknown",
}


async def places(shop: Shop) -> dict[str, str]:
    """The address of each screen."""
    found = dict(FIXED)
    found |= {name: f"/runs/{shop.runs[run].id}" for name, run in RUNS.items()}
    found |= {name: f"/goals/{shop.goals[goal].id}" for name, goal in GOALS.items()}
    for name, run in QUESTIONS.items():
        found[name] = f"/approvals/{(await shop.question(run)).id}"
    decided = await shop.flow.approvals.list(status="rejected")
    return found | {"approval-decided": f"/approvals/{decided[0].id}"}
