"""What a page takes grows with what is on it, and no faster: counted, since a clock tells of the machine."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from types import FrameType

import pytest

from agentflow.graph import read
from agentflow.graph.changes import differences
from agentflow.graph.progress import progress
from agentflow.graph.svg import svg
from agentflow.graph.tree import lines as tree
from agentflow.graph.words import abilities
from agentflow.page.code import diff_blocks, source_lines
from agentflow.page.timeline import timeline
from agentflow.records import Graph, Json, StepView

from .test_reasons import RUN

FEW, FACTOR = 60, 4


def plan(steps: int, verb: str = "get") -> str:
    return "\n".join(f'await step.do("load {n}", tools.orders.{verb}(id="{n}"))' for n in range(steps))


def graph(steps: int, tool: str = "orders.get") -> Graph:
    """Steps one after the other, in a line each."""
    found = read({"nodes": [_node(n, tool) for n in range(steps)], "cut": False})
    assert found is not None
    return found


def _node(n: int, tool: str) -> Json:
    use = {"tool": tool, "risk": "low", "effect": "read", "approval": "never"}
    shown = {"id": f"do-{n + 1}-1", "kind": "do", "name": f"load {n}", "line": n + 1, "end": n + 1, "calls": [use]}
    nothing: dict[str, Json] = {
        "detail": "",
        "seconds": None,
        "retries": None,
        "times": None,
        "undo": [],
        "approved": False,
        "parts": [],
    }
    return {**shown, **nothing}


def views(steps: int, *, shift: int = 0) -> list[StepView]:
    """Steps of a run; where its graph was cut, in lines that are not in it."""
    return [
        StepView(f"load {n}#1", "do", f"load {n}", 1, "done", 1, float(n), n + 1.0, line=n + 1 + shift)
        for n in range(steps)
    ]


def work(does: Callable[[int], object], size: int) -> int:
    """How many lines and instructions of Python it takes."""
    counted = 0

    def trace(frame: FrameType, event: str, argument: object) -> Callable[..., object]:
        nonlocal counted
        frame.f_trace_opcodes = True
        counted += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)  # type: ignore[arg-type]  # it may give itself
    try:
        does(size)
    finally:
        sys.settrace(before)
    return counted


@pytest.mark.parametrize(
    "does",
    [
        lambda n: source_lines(plan(n), {1}, {2: "?"}),
        lambda n: diff_blocks(plan(n), plan(n, "fetch")),
        lambda n: abilities(graph(n)),
        lambda n: differences(graph(n), graph(n, "orders.fetch")),
        lambda n: svg(graph(n), "a plan"),
        lambda n: tree(graph(n)),
        lambda n: timeline(RUN, views(n), n + 1.0),
        lambda n: progress(graph(1), views(n, shift=1), over=True),
    ],
    ids=["source", "diff", "abilities", "changes", "picture", "tree", "timeline", "progress"],
)
def test_four_times_the_steps_take_about_four_times_the_work(does: Callable[[int], object]) -> None:
    does(2)  # what is loaded once
    assert work(does, FEW * FACTOR) < 1.3 * FACTOR * work(does, FEW)


def test_thousands_of_steps_in_one_line_are_looked_for_once() -> None:
    """So a loop of ten thousand rounds takes no longer because the plan around it is long."""

    def loop(nodes: int, steps: int) -> object:
        many = [StepView(f"load 0#{n}", "do", "load 0", n, "done", 1, 0.0, 1.0, line=1) for n in range(steps)]
        return progress(graph(nodes), many, over=True)

    def more(nodes: int) -> int:
        return work(partial(loop, nodes), 300) - work(partial(loop, nodes), 1)

    assert more(200) < 1.1 * more(2)
