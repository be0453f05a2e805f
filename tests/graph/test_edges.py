"""A graph as edges: what may come right after what."""

from __future__ import annotations

import pytest

from agentflow.graph import walk
from agentflow.graph.edges import edges
from agentflow.records import Graph

from .plans import drawn, source

FLOWS: dict[str, tuple[str, str]] = {
    "nothing": ("return 1", "start>end"),
    "one after the other": ("await step.sleep('a', 1)\nawait step.sleep('b', 1)", "start>a a>b b>end"),
    "a choice": (
        "if event.id:\n    await step.sleep('a', 1)\nawait step.sleep('b', 1)",
        "start>branch branch>a:yes a>b branch>b:no b>end",
    ),
    "a choice of one way": (
        "x = event.id or await step.ask('a', 'A?')",
        "start>branch branch>a:no a>end branch>end:yes",
    ),
    "an end before the end": (
        "if event.id:\n    return\nawait step.sleep('b', 1)",
        "start>branch branch>return:yes return>end branch>b:no b>end",
    ),
    "a loop": (
        "for x in event.payload:\n    await step.sleep('a', 1)",
        "start>loop loop>a:each a>loop:again loop>end:done",
    ),
    "what leaves a loop": (
        "for x in event.payload:\n    if x:\n        break\n    if event.id:\n        continue\n"
        "    await step.sleep('a', 1)",
        "start>loop loop>branch:each branch>break:yes branch>branch2:no branch2>next:yes next>loop:again branch2>a:no"
        " a>loop:again loop>end:done break>end",
    ),
    "errors": (
        "try:\n    await step.sleep('a', 1)\nexcept StepFailed:\n    raise\nfinally:\n    await step.sleep('b', 1)",
        "start>try try>a try>raise:error_StepFailed raise>end a>b b>end",
    ),
    "in any case after an end": (
        "try:\n    await step.sleep('a', 1)\n    raise PlanFailed('x')\nfinally:\n    await step.sleep('b', 1)",
        "start>try try>a a>raise raise>end try>b:finally b>end",
    ),
    "side by side": (
        "await step.race(x=step.sleep('a', 1), y=step.sleep('b', 1))",
        "start>race race>a:x race>b:y a>end b>end",
    ),
    "a helper that is left early": (
        "await self.help(step)\nawait step.sleep('b', 1)",
        "start>helper helper>branch branch>return:yes branch>a:no a>b return>b b>end",
    ),
    "anew": ("await step.continue_as_new({})", "start>continue continue>end"),
}  # fmt: skip
HELP = "async def help(self, step):\n    if self.x:\n        return\n    await step.sleep('a', 1)"


@pytest.mark.parametrize(("body", "flow"), FLOWS.values(), ids=FLOWS.keys())
def test_edges_say_what_comes_after_what(body: str, flow: str) -> None:
    graph = drawn(source(body, methods=HELP))
    names = _names(graph)
    shown = [
        f"{names[one.source]}>{names[one.target]}{':' * bool(one.label)}{one.label.replace(' ', '_')}"
        for one in edges(graph)
    ]
    assert sorted(shown) == sorted(flow.split())


def _names(graph: Graph) -> dict[str, str]:
    """Short names for nodes: a step's own, else the kind, numbered."""
    names = {"start": "start", "end": "end"}
    for node in walk(graph.nodes):
        name = node.name if node.kind in ("sleep", "ask") else node.kind
        again = [*names.values()].count(name)
        names[node.id] = f"{name}{again + 1}" if again else name
    return names
