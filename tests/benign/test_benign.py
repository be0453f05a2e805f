"""Realistic plans are accepted and run to their end.

Each is checked, registered and run in a process of its own; it leaves the memory at every wait, so that it is replayed
from its history again and again. Time is moved; nothing else is pretended.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from agentflow.graph.counting import most
from agentflow.graph.progress import progress
from agentflow.testing import TestFlow, TestRun

from . import catalogue
from .playing import play
from .scenario import PLANS, Call, Scenario, scenarios

ALL = list(scenarios())


@pytest.mark.parametrize("scenario", ALL, ids=lambda scenario: scenario.path.stem)
async def test_it_is_accepted_and_does_what_was_asked(scenario: Scenario) -> None:
    catalogue.reset()
    async with TestFlow(tools=catalogue.TOOLS) as flow:
        run = await play(flow, scenario)
        assert run.record.status == scenario.status, (run.record.status, run.record.error)
        result = await run.result() if scenario.status == "completed" else run.record.error
        assert not [*scenario.missed(result, catalogue.CALLS)]
        await _is_as_drawn(run)


async def _is_as_drawn(run: TestRun) -> None:
    """The graph of the plan has each of the run's steps, and says of no tool that it is called less than it was."""
    graph, steps = await run.graph(), await run.steps()
    assert graph is not None
    done = [step for step in steps if step.kind not in ("progress", "undo")]
    assert [step.key for step in done if not progress(graph, [step], over=False)] == []
    counts = most(graph.nodes)
    made = Counter(step.tool for step in done if step.tool is not None)
    assert {tool: count for tool, count in made.items() if count > counts.get(tool, 0)} == {}


def test_each_plan_has_its_scenario_and_each_scenario_its_plan() -> None:
    """At least sixty, half of them by somebody who knew the plan API alone."""
    assert sum(scenario.blind for scenario in ALL) >= 30
    assert len(ALL) >= 60
    assert {path.stem for path in PLANS.glob("*.py")} == {scenario.path.stem for scenario in ALL}


@pytest.mark.parametrize(
    ("result", "made", "missed"),
    [
        ({"paid": 2, "why": "because"}, [("mail.send", {"to": "ada@x.org", "cc": None})], 0),
        ({"paid": Decimal("2.0"), "why": "cause"}, [("mail.send", {"to": "ada@x.org"})], 0),
        ({"paid": 3, "why": "because"}, [("mail.send", {"to": "ada@x.org"})], 1),
        ({"why": "because"}, [("mail.send", {"to": "ada@x.org"})], 1),
        ({"paid": 2, "why": "so"}, [("mail.send", {"to": "bob@x.org"})], 2),
        ({"paid": 2, "why": "because"}, [("mail.send", {"to": "ada@x.org"}), ("payments.pay", {})], 1),
        (None, [], 2),
    ],
)
def test_what_was_missed_is_noticed(result: Any, made: list[Call], missed: int) -> None:
    wanted = {"tool": "mail.send", "args": {"to": "~^ada@"}}
    judge = Scenario("x", result={"paid": 2, "why": "~cause$"}, calls=(wanted,), none=("payments.pay",))
    assert len([*judge.missed(result, made)]) == missed
