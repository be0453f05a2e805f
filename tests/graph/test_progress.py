"""A run is shown on the graph of its plan: each step at its node, and what was not reached."""

from __future__ import annotations

import pytest

from agentflow.graph import walk
from agentflow.graph.progress import progress
from agentflow.records import Graph, StepView

from .plans import drawn, source

GRAPH = drawn(
    source("""
    for row in event.payload["rows"]:
        await step.do(f"row {row}", tools.orders.get(id=row))
    if event.id:
        await step.sleep("a", 1)
        return
    try:
        await step.wait_for_event("paid", "paid")
    except WaitTimeout:
        await step.ask("b", "B?")
    async with step.timeout(60):
        await step.delegate("c", "writer", "c")
    await step.rollback()
    """)
)


def step(kind: str, name: str, line: int | None, state: str = "done") -> StepView:
    return StepView(f"{name}#1", kind, name, 1, state, 1, 0.0, None, line=line)


def marks(graph: Graph, *steps: StepView, over: bool = True) -> dict[str, str]:
    """What is said of each node, by its name."""
    found = progress(graph, steps, over=over)
    said = {node.name: found[node.id] for node in walk(graph.nodes) if node.id in found}
    return {name: f"{mark.state} {mark.times}".removesuffix(" 0") for name, mark in said.items()}


def test_what_was_done_is_counted_and_what_was_not_reached_is_skipped() -> None:
    rows = [step("do", f"row {n}", 6) for n in range(3)]
    assert marks(GRAPH, *rows, step("wait_for_event", "paid", 11, "failed"), step("ask", "b", 13)) == {
        "for row in event.payload['rows']": "done",
        "row {row}": "done 3",
        "a": "skipped",
        "end": "skipped",
        "try": "done",
        "paid": "failed 1",
        "b": "done 1",
        "at most": "skipped",
        "c": "skipped",
        "rollback": "skipped",
    }


def test_while_a_run_goes_on_nothing_is_skipped_yet() -> None:
    seen = marks(GRAPH, step("do", "row 1", 6), step("do", "row 2", 6, "retrying"), over=False)
    assert seen == {"for row in event.payload['rows']": "open", "row {row}": "open 2"}


def test_a_frame_around_a_failure_has_failed_and_a_block_is_a_step_of_its_own() -> None:
    block = [step("timeout", "timeout", 14, "withdrawn"), step("delegate", "c", 15, "failed")]
    seen = marks(
        GRAPH, step("wait_for_event", "paid", 11, "failed"), *block, step("rollback", "rollback", 16), over=False
    )
    assert seen == {"try": "failed", "paid": "failed 1", "at most": "done 1", "c": "failed 1", "rollback": "done 1"}


@pytest.mark.parametrize(("name", "line"), [("row 7", None), ("row 7", 99), ("another", 6)])
def test_a_step_is_found_by_its_name_or_by_its_line(name: str, line: int | None) -> None:
    assert marks(GRAPH, step("do", name, line), over=False)["row {row}"] == "done 1"


def test_what_was_let_go_is_skipped() -> None:
    assert marks(GRAPH, step("ask", "b", 13, "withdrawn"), over=False)["b"] == "skipped 1"


def test_what_fits_nowhere_is_nowhere() -> None:
    assert marks(GRAPH, step("do", "another", 99), step("progress", "progress", 6), over=False) == {}


def test_a_long_name_is_found_by_its_beginning() -> None:
    graph = drawn(source(f'await step.sleep("{"y" * 200}", 1)'))
    assert [*marks(graph, step("sleep", "y" * 200, None)).values()] == ["done 1"]
