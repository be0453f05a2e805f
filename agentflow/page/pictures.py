"""The picture of a plan on a page: its nodes are links, and share what is chosen with the lines of the source."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from markupsafe import Markup

from ..graph import walk
from ..graph.progress import Mark
from ..graph.svg import Ways, svg
from ..records import Graph, Node


def picture(
    graph: Graph | None,
    title: str,
    to: Callable[[Node], str],
    *,
    chosen: Node | None = None,
    marks: Mapping[str, Mark] | None = None,
) -> Markup | None:
    """The graph as a part of a page; `to` is where a node leads. None where there is no graph."""
    if graph is None:
        return None
    ways = Ways({node.id: to(node) for node in walk(graph.nodes)}, chosen.id if chosen else None)
    return Markup(svg(graph, title, marks, ways))  # noqa: S704  # all text in it is escaped there


def at_line(graph: Graph | None, line: int | None) -> Node | None:
    """The node that a line is of: the innermost one around it."""
    around = [node for node in (walk(graph.nodes) if graph else ()) if line and node.line <= line <= node.end]
    return min(around, key=lambda node: (node.end - node.line, -node.line), default=None)


def lines(node: Node | None) -> range:
    """The lines that a node is written in."""
    return range(node.line, node.end + 1) if node else range(0)


def by_line(graph: Graph | None, to: Callable[[Node], str]) -> dict[int, str]:
    """Where lines lead: each in which a node begins, to that node; the outermost, where several begin in it."""
    found: dict[int, str] = {}
    for node in walk(graph.nodes) if graph else ():
        found.setdefault(node.line, to(node))
    return found
