"""Flowcharts for Mermaid: every node and edge, nothing that a plan says is markup, how a run went."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from agentflow.graph import walk
from agentflow.graph.edges import edges
from agentflow.graph.mermaid import mermaid
from agentflow.graph.progress import Mark
from agentflow.records import Graph

from ..validator.test_graph import SHAPES
from .plans import drawn, source
from .test_svg import EVIL

STEP = 'await step.do("a", tools.orders.get(id="1"))'
NODE = re.compile(r'(n\d+)(\W+)"([^"]*)"(\W+?)(:::\w+)?')
EDGE = re.compile(r'(n\d+|begin) -->(\|"[^"]*"\|)? (n\d+|finish)')


@pytest.mark.parametrize("body", [body for body, _ in SHAPES.values()], ids=SHAPES.keys())
def test_every_node_and_every_edge_is_a_line(body: str) -> None:
    graph = drawn(source(body), None)
    head, begin, *lines = mermaid(graph).splitlines()
    assert (head, begin.strip()) == ("flowchart TD", "begin([start])")
    nodes, ways = [[*filter(kind.fullmatch, map(str.strip, lines))] for kind in (NODE, EDGE)]
    assert (len(nodes), len(ways)) == (len([*walk(graph.nodes)]), len(edges(graph)))
    assert [*map(str.strip, lines)] == [*nodes, "finish([end])", *ways]


def test_a_plan_looks_so() -> None:
    graph = drawn(source(f"{STEP}\nif event.id:\n    await step.sleep('wait', '1 day')\nreturn 1"))
    assert (
        mermaid(graph)
        == """flowchart TD
    begin([start])
    n1["do a<br/>orders.get"]
    n2{"if event.id"}
    n3("sleep wait<br/>1 day")
    finish([end])
    begin --> n1
    n1 --> n2
    n2 -->|"yes"| n3
    n3 --> finish
    n2 -->|"no"| finish
"""
    )


def test_text_of_a_plan_is_no_markup() -> None:
    graph = drawn(source(STEP))
    [node] = graph.nodes
    line = mermaid(Graph((replace(node, name=EVIL, detail=EVIL, undo=(EVIL,)),))).splitlines()[2].strip()
    found = NODE.fullmatch(line)
    assert found is not None
    assert not {*"<>&;`\\\x00\x1b\u202e{}[]|"} & {*re.sub(r"#\d+;|<br/>", "", found[3])}
    assert "#60;script#62;" in found[3]


def test_a_run_and_a_danger_are_seen() -> None:
    risky = [{"name": "mail.send", "risk": "high", "effect": "once", "approval": "never", "parameters": {}}]
    graph = drawn(source('await step.do("a", tools.mail.send())\nawait step.sleep("b", 1)'), risky)
    assert 'high risk"]:::risky' not in mermaid(graph)
    assert ":::risky" in mermaid(graph)
    first, second = graph.nodes
    text = mermaid(graph, {first.id: Mark("done", 3), second.id: Mark("skipped")})
    assert 'done 3 times"]:::done' in text
    assert 'skipped"):::skipped' in text
    assert [line.split()[1] for line in text.splitlines() if "classDef" in line] == ["done", "skipped"]
