"""The graph of a plan as an indented tree for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..records import Graph, Node, Part
from .labels import Label, label

_UNLABELLED = frozenset({"", "each"})
_SILENT = frozenset({"yes", "no", "else"})
"""Ways that need no line where nothing happens on them."""


class Line(NamedTuple):
    """One line: the branches before it, then a node, or what one of its ways is called."""

    branches: str
    label: Label
    node: Node | None = None


def lines(graph: Graph) -> list[Line]:
    """The whole tree, each node on a line of its own."""
    found = [*_nodes(graph.nodes, "")]
    return [*found, Line("", Label("", "...", "more than is shown"))] if graph.cut else found


def _nodes(nodes: Sequence[Node], before: str) -> Iterator[Line]:
    for n, node in enumerate(nodes, 1):
        last = n == len(nodes)
        yield Line(before + ("└─ " if last else "├─ "), label(node), node)
        yield from _parts(node, before + ("   " if last else "│  "))


def _parts(node: Node, before: str) -> Iterator[Line]:
    """Ways that have a name stand under it; those that have none stand right below their node."""
    parts = [part for part in node.parts if part.nodes or part.label not in _SILENT]
    for n, part in enumerate(parts, 1):
        alone = len(parts) == 1
        if (part.label in _UNLABELLED and (alone or len(part.nodes) <= 1)) or (part.label == "yes" and alone):
            yield from _bare(part, before, last=n == len(parts))
        else:
            last = n == len(parts)
            yield Line(before + ("└─ " if last else "├─ "), Label("", f"{part.label or 'first'}:", _gist(part)))
            yield from _nodes(part.nodes, before + ("   " if last else "│  "))


def _bare(part: Part, before: str, *, last: bool) -> Iterator[Line]:
    drawn = [*_nodes(part.nodes, "")]
    for line in drawn:
        branches = line.branches
        if not last and branches.startswith("└─ "):
            branches = "├─ " + branches[3:]
        elif not last and branches.startswith("   "):
            branches = "│  " + branches[3:]
        yield line._replace(branches=before + branches)


def _gist(part: Part) -> str:
    return "" if part.nodes else "goes on"
