"""Which steps of a plan its walks came to, and which of them have somebody who minds that they fail. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ..graph import walk
from ..graph.progress import STEPS, progress
from ..records import Graph, Node, StepView

_CATCHES = re.compile(r"error$|\b(StepFailed|WorkflowError|Exception|BaseException)\b")
_FAILS = frozenset({"do", "function", "delegate"})


def missed(graph: Graph, steps: Iterable[StepView]) -> list[Node]:
    """The steps of a plan that are none of these, in the order of the source."""
    marks = progress(graph, [*steps], over=False)
    return [node for node in walk(graph.nodes) if node.kind in STEPS and node.id not in marks]


def fragile(graph: Graph, steps: Iterable[StepView]) -> dict[str, int | None]:
    """Key -> line of those steps whose failure a plan is ready for: in a `try` that catches it, or where it has
    something to undo."""
    minded = [(node.line, node.end) for node in _minded(graph)]
    found = (step for step in steps if step.kind in ("do", "delegate") and step.state == "done")
    return {
        step.key: step.line
        for step in found
        if step.line is not None and any(first <= step.line <= last for first, last in minded)
    }


def _minded(graph: Graph) -> Iterator[Node]:
    nodes = [*walk(graph.nodes)]
    if any(node.undo for node in nodes):
        yield from (node for node in nodes if node.kind in _FAILS)
    for node in nodes:
        if node.kind == "try" and any(_CATCHES.search(part.label) for part in node.parts):
            yield from (one for part in node.parts if not part.label for one in walk(part.nodes) if one.kind in _FAILS)
