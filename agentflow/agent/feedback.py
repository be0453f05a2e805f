"""What people say to a goal whose plan is there: it is planned on, from where it stands."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from ..errors import Conflict
from ..planner.repair import repeats
from ..records import Attempt, Feedback, Finding, Goal
from ..store import Write


def since(goal: Goal) -> int:
    """How many answers there were when somebody said something last: those after it have a budget of their own."""
    return goal.feedback[-1].before - 1 if goal.feedback else 0


def changes(goal: Goal, text: str, by: str, now: float) -> Write:
    """That a person wants the plan of a goal changed: it is being planned again. Refused where it no longer waits."""
    said = Feedback(len(goal.attempts) + 1, "changes", text, by, now, version=goal.version)
    raced = Conflict(f"goal {goal.id} has just been decided: look at it with `agentflow goal show {goal.id}`")
    values = {"id": goal.id, "feedback": dumps([*goal.feedback, said]), "was": len(goal.feedback), "now": now}
    return Write("goal_feedback", values, raced)


def dumps(feedback: Sequence[Feedback]) -> str:
    """As it is stored."""
    return json.dumps([asdict(said) for said in feedback], ensure_ascii=False)


def unchanged(goal: Goal, attempts: Sequence[Attempt], before: str) -> Finding | None:
    """What is wrong with the last answer where its code is the plan that a person wants changed."""
    said = goal.feedback[-1] if goal.feedback else None
    if said is None:
        return None
    earlier = attempts[said.before - 2].source if said.before > 1 else before
    if not same(earlier, attempts[-1].source):
        return None
    return Finding(
        "AF007", "error", 0, 0, "this is the plan that is to be changed", f"Change it: {said.text or 'what went wrong'}"
    )


def same(one: str | None, other: str | None) -> bool:
    """Whether two sources are the same code."""
    return repeats([one, other]) == 1
