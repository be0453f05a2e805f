"""What the compile guest calls a graph is looked at closely: it comes from behind the wall."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import pytest

from agentflow.graph import DEEPEST, MOST, read, walk

from .plans import drawn, source

GRAPH = drawn(
    source("""
    for row in event.payload["rows"]:
        await step.do("a", tools.orders.get(id="1"), retries={"limit": 1}, timeout=60,
                      rollback=lambda result: tools.payments.cancel(reference="x"))
    """)
)


def document() -> Any:
    return json.loads(json.dumps(asdict(GRAPH)))


def inner(graph: Any) -> Any:
    """The step in the loop."""
    return graph["nodes"][0]["parts"][0]["nodes"][0]


def test_a_graph_is_the_same_after_it_was_stored() -> None:
    assert read(document()) == GRAPH
    assert read(None) is None
    assert [node.kind for node in walk(GRAPH.nodes)] == ["loop", "do"]


CHANGES: list[Callable[[Any], Any]] = [
    lambda graph: graph.update(more=1),
    lambda graph: graph.update(cut=1),
    lambda graph: graph.update(nodes={}),
    lambda graph: graph["nodes"].append(None),
    lambda graph: graph["nodes"].append(graph["nodes"][0]),
    lambda graph: graph["nodes"][0].pop("name"),
    lambda graph: graph["nodes"][0].update(kind="virus"),
    lambda graph: graph["nodes"][0].update(kind=["do"]),
    lambda graph: graph["nodes"][0].update(id='"><script>'),
    lambda graph: graph["nodes"][0].update(id=7),
    lambda graph: graph["nodes"][0].update(name=None),
    lambda graph: graph["nodes"][0].update(detail="x" * 301),
    lambda graph: graph["nodes"][0].update(approved=0),
    lambda graph: graph["nodes"][0].update(line=-1),
    lambda graph: graph["nodes"][0].update(end=True),
    lambda graph: graph["nodes"][0].update(times=1.5),
    lambda graph: graph["nodes"][0].update(parts={}),
    lambda graph: graph["nodes"][0]["parts"].append([]),
    lambda graph: graph["nodes"][0]["parts"][0].update(label=1),
    lambda graph: inner(graph).update(retries="1"),
    lambda graph: inner(graph).update(seconds="1"),
    lambda graph: inner(graph).update(seconds=-1),
    lambda graph: inner(graph).update(seconds=1e300),
    lambda graph: inner(graph).update(undo=[1]),
    lambda graph: inner(graph).update(undo="ab"),
    lambda graph: inner(graph).update(calls=[{}]),
    lambda graph: inner(graph)["calls"][0].update(risk=None),
    lambda graph: inner(graph).update(calls=inner(graph)["calls"] * 1001),
]


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_no_graph_is_refused(change: Callable[[Any], Any]) -> None:
    graph = document()
    change(graph)
    with pytest.raises(ValueError, match="not the graph of a plan"):
        read(graph)


@pytest.mark.parametrize("other", [[], "graph", 1, {"nodes": []}])
def test_another_document_is_no_graph(other: Any) -> None:
    with pytest.raises(ValueError, match="not the graph of a plan"):
        read(other)


def test_a_graph_is_neither_too_large_nor_too_deep() -> None:
    many, deep = document(), document()
    for n in range(MOST):
        many["nodes"].append({**inner(document()), "id": f"do-{n}-1"})
    step = inner(deep)
    for n in range(DEEPEST + 1):
        step["parts"] = [{"label": "", "nodes": [{**inner(document()), "id": f"do-{n}-1"}]}]
        step = step["parts"][0]["nodes"][0]
    for graph in (many, deep):
        with pytest.raises(ValueError, match="not the graph of a plan"):
            read(graph)
