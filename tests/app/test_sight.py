"""Why a question needs a person, and what is around it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agentflow.app import AgentFlow
from agentflow.app.sight import FEW, _before, _why, sight
from agentflow.approvals.ruling import Case
from agentflow.errors import NotFound
from agentflow.records import Approval, StepView

from ..approvals.cases import QUESTION


def step(key: str, kind: str = "do", started_at: float = 0.0) -> StepView:
    return StepView(key, kind, key, 1, "done", 1, started_at, None)


@pytest.mark.parametrize(
    ("approval", "kind", "why"),
    [
        (replace(QUESTION, kind="ask"), "ask", "the plan asks for an answer"),
        (replace(QUESTION, kind="outcome"), "do", "an attempt has ended, and nobody knows whether it happened"),
        (QUESTION, "do", "bank.pay needs a person's agreement"),
        (QUESTION, "undo", "bank.pay needs a person's agreement, also where it undoes something"),
        (QUESTION, "wait_for_approval", "the plan asks before it makes this call"),
        (replace(QUESTION, calls=()), "wait_for_approval", "the plan asks before it goes on"),
    ],
)
def test_it_says_why_it_needs_a_person(approval: Approval, kind: str, why: str) -> None:
    assert _why(approval, step("s#1", kind)) == why


def test_of_what_ran_before_the_last_steps_are_shown() -> None:
    steps = [step(f"{n}#1") for n in range(FEW + 2)]
    block, later = step("#1", "timeout"), step("later#1", started_at=99.0)
    assert _before(QUESTION, [*steps, block, step("s#1"), step("t#1"), later]) == tuple(steps[-FEW:])
    assert _before(QUESTION, [step("a#1"), later]) == (step("a#1"),)


async def test_of_a_run_that_is_gone_nothing_is_seen(flow: AgentFlow) -> None:
    with pytest.raises(NotFound, match="there is no run run_1 any more"):
        await sight(flow._open(), Case(QUESTION, 1.0))
