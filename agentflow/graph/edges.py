"""The graph of a plan as nodes and edges: what may come right after what, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..records import Graph, Node

START, END = "start", "end"


class Edge(NamedTuple):
    """From one node to the next; the label says which way that is: `yes`, `each`, `error StepFailed`."""

    source: str
    target: str
    label: str = ""


def edges(graph: Graph) -> list[Edge]:
    """All edges, from `start` to `end`. A frame stands before what is in it; a loop has an edge back."""
    drawn = _Edges()
    for source, label in drawn.sequence(graph.nodes, [(START, "")], None):
        drawn.add(source, END, label)
    return [*drawn.found]


Open = list[tuple[str, str]]
"""Where something has ended that the next node comes after, and as which way."""


class _Edges:
    def __init__(self) -> None:
        self.found: dict[Edge, None] = {}
        self._left: list[Open] = []
        """For each helper around: where it is left early."""
        self._broken: list[Open] = []

    def add(self, source: str, target: str, label: str) -> None:
        self.found[Edge(source, target, label)] = None

    def sequence(self, nodes: Sequence[Node], before: Open, loop: str | None) -> Open:
        for node in nodes:
            for source, label in before:
                self.add(source, node.id, label)
            before = self._node(node, loop)
        return before

    def _node(self, node: Node, loop: str | None) -> Open:
        here = [(node.id, "")]
        match node.kind:
            case "return" if self._left:
                self._left[-1] += here
                return []
            case "return" | "raise" | "continue":
                self.add(node.id, END, "")
                return []
            case "break":
                self._broken[-1:] = [[*inner, *here] for inner in self._broken[-1:]]
                return []
            case "next":
                self.add(node.id, loop or END, "again")
                return []
            case "loop" | "map":
                return self._loop(node)
            case "helper":
                self._left.append([])
                ends = self._ways(node, loop)
                return ends + self._left.pop()
        return self._ways(node, loop) if node.parts else here

    def _loop(self, node: Node) -> Open:
        self._broken.append([])
        back = self._ways(node, node.id)
        for source, _ in back:
            self.add(source, node.id, "again")
        return [(node.id, "done"), *self._broken.pop()]

    def _ways(self, node: Node, loop: str | None) -> Open:
        ends: Open = []
        after: Open = []
        for part in node.parts:
            if part.label == "finally":
                ends = self.sequence(part.nodes, ends or [(node.id, "finally")], loop)
                continue
            after = self.sequence(part.nodes, [(node.id, part.label)], loop)
            ends += [one for one in after if one not in ends]
        return ends
