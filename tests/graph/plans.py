"""Graphs of plans that a test writes down, as the compile guest draws them."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Sequence
from typing import Any

from agentflow.graph import read
from agentflow.graph.tree import lines
from agentflow.records import Graph
from agentflow.validator import check

from ..plans.catalogue import TOOLS


def source(body: str, before: str = "", methods: str = "") -> str:
    """A plan whose `run` has this body. Without `before` and `methods`, the body starts at line 5."""
    names = "PlanFailed, StepFailed, StepTimeout, WaitTimeout, Workflow, tools"
    head = f"import asyncio\nfrom agentflow import {names}\n{textwrap.dedent(before)}"
    run = textwrap.indent(textwrap.dedent(body).strip("\n"), " " * 8)
    more = textwrap.indent(textwrap.dedent(methods).strip("\n"), " " * 4)
    return f"{head}class Plan(Workflow):\n    async def run(self, event, step):\n{run}\n{more}\n"


def drawn(text: str, tools: Sequence[dict[str, Any]] | None = TOOLS) -> Graph:
    """The graph of a source, once over the wall and back."""
    answer = check(text, tools)
    assert answer["blob"] is not None, answer["findings"]
    graph = read(json.loads(json.dumps(answer["graph"])))
    assert graph is not None
    return graph


def outline(graph: Graph) -> list[str]:
    """A graph as its tree: `├─ do refund · payments.refund`."""
    shown = []
    for line in lines(graph):
        words = " ".join(part for part in (line.label.word, line.label.name) if part)
        shown.append(line.branches + words + (f" · {line.label.note}" if line.label.note else ""))
    return shown
