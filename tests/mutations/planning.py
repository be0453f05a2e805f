"""Defects of the planner's loop: budgets, other models, plans that are taken again."""

from __future__ import annotations

from .defects import QUERIES, Defect

PLANNING = (
    Defect(
        "a revoked plan is taken again",
        QUERIES,
        "AND goals.status = 'started'\n    AND plans.revoked_at IS NULL AND plans.reviewed = 1",
        "AND goals.status = 'started'\n    AND plans.reviewed = 1",
        ("tests/agent/test_reuse.py",),
    ),
    Defect(
        "a plan that failed by its own fault is taken again",
        QUERIES,
        "json_extract(runs.error, '$.fault') = 'plan'",
        "json_extract(runs.error, '$.fault') = 'host'",
        ("tests/agent/test_reuse.py",),
    ),
    Defect(
        "a plan that nobody has read is taken again under a policy that wants it read",
        "agentflow/agent/beginning.py",
        "review = plan.reviewed_by is None and",
        "review = not plan.reviewed and",
        ("tests/agent/test_reuse.py",),
    ),
    Defect(
        "another payload's values make another plan",
        "agentflow/planner/__init__.py",
        "told = [brief.instructions, brief.goal, _payload(brief),",
        "told = [brief.instructions, brief.goal, brief.payload,",
        ("tests/planner/test_planner.py",),
    ),
    Defect(
        "a model is told the payload's values unasked",
        "agentflow/planner/__init__.py",
        "    if brief.shared:\n",
        "    if brief.payload:\n",
        ("tests/planner/test_planner.py",),
    ),
    Defect(
        "a fallback is asked with a request that is wrong",
        "agentflow/planner/__init__.py",
        "if fallback is None or not error.retryable:",
        "if fallback is None:",
        ("tests/planner/test_planner.py",),
    ),
    Defect(
        "a budget of money is kept by answers whose cost nobody knows",
        "agentflow/agent/course.py",
        "    if any(attempt.cost is None for attempt in attempts):",
        "    if money < 0:",
        ("tests/agent/test_course.py",),
    ),
    Defect(
        "a model that is stuck is asked for ever",
        "agentflow/agent/course.py",
        "is_stuck = _repeats(attempts, since) > 1",
        "is_stuck = _repeats(attempts, since) > 99",
        ("tests/agent/test_course.py",),
    ),
)
