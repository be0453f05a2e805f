"""Defects of trials: time that stands still, plans that are blamed, values that are told."""

from __future__ import annotations

from .defects import Defect

TRIALS = (
    Defect(
        "in a trial no time passes",
        "agentflow/engine/alone.py",
        "self._clock.advance(max(0.0, due - self._clock.now()))",
        "self._clock.advance(0.0)",
        ("tests/trial/test_walking.py",),
    ),
    Defect(
        "a tool that is withdrawn has not been called",
        "agentflow/engine/alone.py",
        "        while self._begun:",
        "        if self._begun:",
        ("tests/trial/test_walking.py",),
    ),
    Defect(
        "a plan is blamed for what a guess has done",
        "agentflow/trial/verdicts.py",
        'return "unsure" if walk.guessed else "fault"',
        'return "fault"',
        ("tests/trial/test_verdicts.py",),
    ),
    Defect(
        "an object with further keys is taken for one that is known",
        "agentflow/trial/stubs.py",
        'closed = bool(properties) and not schema.get("additionalProperties") and',
        "closed = bool(properties) and",
        ("tests/trial/test_stubs.py",),
    ),
    Defect(
        "two choices are made otherwise before each one was",
        "agentflow/trial/tree.py",
        "Way((way.rank[0] + 1, again, self._met)",
        "Way((0, again, -self._met)",
        ("tests/trial/test_tree.py",),
    ),
    Defect(
        "a plan that fails in its trial is taken",
        "agentflow/agent/__init__.py",
        "findings=(*compiled.findings, *shown), blob=None)",
        "findings=(*compiled.findings, *shown))",
        ("tests/agent/test_pursuit.py",),
    ),
    Defect(
        "a trial tells the model a value of the payload",
        "agentflow/agent/__init__.py",
        "return [] if self._goal.share_payload else",
        "return [] if True else",
        ("tests/agent/test_pursuit.py",),
    ),
)
