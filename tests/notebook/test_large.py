"""What is large is shown in little time and size: a plan and a run of a thousand steps."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest

from agentflow.notebook import plans, runs, tables
from agentflow.notebook.markup import Html
from agentflow.notebook.scenes import PlanScene, RunScene
from agentflow.notebook.sheet import Sheet
from agentflow.records import Graph, Node, PlanVersion, Run, StepView, ToolUse

from ..fakes import office

MANY = 1000
LOAD = ToolUse("orders.get", "low", "read", "never")
GRAPH = Graph(tuple(Node(f"n{n}", "do", f"load {n}", 9 + n, 9 + n, (LOAD,)) for n in range(MANY)))
SOURCE = "\n".join(
    [office.source("pass"), *(f'        await step.do("load {n}", tools.orders.get(id="{n}"))' for n in range(MANY))]
)
PLAN = PlanVersion("agent_x", 1, "f" * 64, SOURCE, "Plan", "olga", None, None, ("orders.get",), 1, "3.11", 0.0)
RUN = Run(
    "run_1", "default", "agent_x", 1, 1, "completed", None, {}, None, "olga", 0.0, 0.0, 2000.0, result="x" * 10_000
)
STEPS = [
    StepView(
        f"load {n}#1", "do", f"load {n}", 1, "done", 1, float(n), n + 0.5, "orders.get", {"id": str(n)}, "x" * 6_000,
        line=9 + n,
    )
    for n in range(MANY)
]  # fmt: skip

LONG = replace(RUN, result="<b>" * 300_000)

SHOWN: dict[str, Callable[[], Sheet]] = {
    "plan": lambda: plans.shown(PlanScene(PLAN, "clerk", GRAPH)),
    "run": lambda: runs.shown(RunScene(RUN, "clerk", 2000.0, STEPS, PLAN, GRAPH)),
    "run with a long result": lambda: runs.shown(RunScene(LONG, "clerk", 2000.0, STEPS, PLAN, GRAPH)),
    "run by itself": lambda: runs.one_record(LONG),
    "steps": lambda: tables.shown([*STEPS, *STEPS]),
}


@cache
def _drawn(name: str) -> tuple[str, str, float]:
    """The HTML, the text, and how many seconds of the processor they took."""
    begun = time.process_time()
    said = SHOWN[name]().bundle()
    return said["text/html"], said["text/plain"], time.process_time() - begun


@pytest.mark.parametrize("name", SHOWN)
def test_it_is_below_a_megabyte_and_quick(name: str) -> None:
    """It takes a third of a second of the processor, and several times as long where coverage is measured."""
    html, text, seconds = _drawn(name)
    assert seconds < 4.0
    assert len(html) < 1_000_000
    assert len(text) < 250_000


def test_what_is_left_out_is_counted() -> None:
    assert "and 900 more rows" in _drawn("run")[0]
    assert "await run.steps() has them all" in _drawn("run")[0]
    assert "and 1,000 more" in _drawn("steps")[0]


def test_what_is_left_out_of_the_text_is_counted_too() -> None:
    assert re.search(r"\d{3},\d{3} more letters$", _drawn("run by itself")[1], re.MULTILINE)
    assert Sheet(["a"] * 3_000, Html()).bundle()["text/plain"].endswith("a\nand 1,000 more lines")
