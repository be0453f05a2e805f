"""Defects of plans that are written anew: what is done is forgotten, done again, or told to whom it is not for."""

from __future__ import annotations

from .defects import Defect

REVISED = ("tests/path/test_revised.py",)

REVISING = (
    Defect(
        "a function that has called a tool counts as nothing done",
        "agentflow/dispatch/following.py",
        'or body.get("acted") is False',
        'or body.get("acted") is not None',
        REVISED,
    ),
    Defect(
        "what has been undone is taken over as done",
        "agentflow/dispatch/restarting.py",
        "undone = _undoings(fold(run, items[:n], commands))",
        "undone = _undoings(machine)",
        REVISED,
    ),
    Defect(
        "a model is told what is sensitive, where another text has it",
        "agentflow/dispatch/recounting.py",
        "        text = text.replace(secret,",
        "        text = text.replace(secret + secret,",
        REVISED,
    ),
    Defect(
        "a plan that would do again what is done is accepted",
        "agentflow/agent/revising.py",
        "    if outlook.goes_on or graph is None:",
        "    if outlook.goes_on or outlook.done:",
        REVISED,
    ),
    Defect(
        "a failed run is told of its failure again, though it could go on before it",
        "agentflow/dispatch/following.py",
        "turns = [step.command.turn, reach]",
        "turns = [reach, reach]",
        REVISED,
    ),
    Defect(
        "a second round of answers has no budget of its own",
        "agentflow/agent/course.py",
        "    given = len(attempts) - since",
        "    given = len(attempts)",
        ("tests/agent/test_feedback.py",),
    ),
)
