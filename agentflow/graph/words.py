"""What a plan can do, in words, for whoever has to agree to it: the dangerous first, nothing left out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

from ..records import Graph, Node, ToolUse
from . import walk
from .counting import most
from .labels import span

_RISKS = ("high", "medium", "low", "")
_FEW = 3
ENDLESS = "again and again"
"""The name of a loop whose condition always holds."""


def abilities(graph: Graph, tools: Sequence[str] = ()) -> list[str]:
    """Sentences on a graph; `tools` are all that the plan names, whether it was seen where it calls them or not."""
    nodes = [*walk(graph.nodes)]
    said = [
        *_calls(graph, nodes),
        *_unseen(nodes, tools),
        *_people(nodes),
        *_times(nodes),
        *_others(nodes),
        *_ends(nodes),
    ]
    if graph.cut:
        said.append("It does more than could be followed here: read its source, too.")
    return said or ["It calls no tool, waits for nothing, and asks nobody."]


# tools


def _calls(graph: Graph, nodes: Sequence[Node]) -> Iterator[str]:
    counts = most(graph.nodes)
    uses = {use.tool: use for node in nodes if node.kind in ("do", "function") for use in node.calls}
    for use in sorted(uses.values(), key=lambda use: (_RISKS.index(use.risk) if use.risk in _RISKS else 0, use.tool)):
        places = [node for node in nodes if node.kind in ("do", "function") and use in node.calls]
        risk = f" ({use.risk} risk)" if use.risk in ("high", "medium") else ""
        reads = ", which only reads" if use.effect == "read" else ""
        often = _often(graph, use, counts.get(use.tool, math.inf))
        yield f"It calls {use.tool}{risk}{reads}: {often}{_agreed(use, places)}{_undone(places)}."


def _often(graph: Graph, use: ToolUse, count: float) -> str:
    if count != math.inf:
        return {0: "never", 1: "at most once", 2: "at most twice"}.get(int(count), f"at most {count:g} times")
    loops = _named(dict.fromkeys(_loops(graph.nodes, use)))
    return f"any number of times ({loops})" if loops else "any number of times"


def _loops(nodes: Sequence[Node], use: ToolUse) -> Iterator[str]:
    """The innermost loops without a known number of rounds around the calls of a tool."""
    for node in nodes:
        inner = [one for part in node.parts for one in part.nodes]
        if not any(use in one.calls for one in walk(inner) if one.kind in ("do", "function")):
            continue
        below = [*_loops(inner, use)]
        endless = node.kind in ("loop", "map") and node.times is None
        yield from below or ([node.name] if endless else [])


def _agreed(use: ToolUse, places: Sequence[Node]) -> str:
    if places and all(node.approved for node in places):
        return "; people see and approve the very call first"
    if use.approval == "always":
        return "; a person must agree to each call"
    if use.approval == "predicate":
        return "; a person must agree, depending on its arguments"
    return "; in places, people approve the very call first" if any(node.approved for node in places) else ""


def _undone(places: Sequence[Node]) -> str:
    undo = dict.fromkeys(tool for node in places for tool in node.undo)
    return f"; if the run fails, {_named(undo)} undoes it" if undo else ""


def _unseen(nodes: Sequence[Node], tools: Sequence[str]) -> Iterator[str]:
    """What the plan names without that its call was found: never left out, whatever the reason."""
    seen = {use.tool for node in nodes if node.kind in ("do", "function") for use in node.calls}
    seen |= {tool for node in nodes for tool in node.undo}
    if left := [tool for tool in tools if tool not in seen]:
        yield f"It also names {_named(left, most=100)}; where it calls that was not followed."


# people


def _people(nodes: Sequence[Node]) -> Iterator[str]:
    for node in nodes:
        tools = _named(dict.fromkeys(use.tool for use in node.calls))
        if node.kind == "approval":
            shown = f" to {tools}" if tools else ""
            yield f"It asks people to agree{shown} ({_quoted(node)}), and waits {_most(node)}."
        elif node.kind == "ask":
            yield f"It asks people for an answer ({_quoted(node)}), and waits {_most(node)}."


# time


def _times(nodes: Sequence[Node]) -> Iterator[str]:
    sleeps = [node for node in nodes if node.kind == "sleep"]
    known = [node for node in sleeps if node.seconds is not None]
    if known:
        longest = max(known, key=lambda node: node.seconds or 0.0)
        yield f"It sleeps at most {span(longest.seconds or 0.0)} at a time ({_quoted(longest)})."
    for node in sleeps:
        if node.seconds is None:
            yield f"It sleeps {node.detail}, which the run works out ({_quoted(node)})."
    for node in nodes:
        if node.kind == "wait":
            yield f"It waits for an event {node.detail} ({_quoted(node)}), {_most(node)}."


def _others(nodes: Sequence[Node]) -> Iterator[str]:
    for node in nodes:
        if node.kind == "delegate":
            limit = "without a time limit" if node.seconds is None else _most(node)
            yield f"It hands work to agent {node.detail} ({_quoted(node)}), and waits {limit}."
        elif node.kind == "rollback":
            yield f"It may undo {node.detail or 'what it has done so far'} and go on (line {node.line})."


def _ends(nodes: Sequence[Node]) -> Iterator[str]:
    for node in nodes:
        if node.kind == "continue":
            yield f"It may begin anew with an empty history (line {node.line}): all numbers are for each time."
    held = {loop.id for node in nodes if node.kind in ("race", "timeout") for loop in _inside(node)}
    for node in nodes:
        if node.kind == "loop" and node.name == ENDLESS and node.id not in held and not _leaves(node):
            yield f"It may run for ever: nothing in the source ends the loop in line {node.line}."


def _inside(node: Node) -> Iterator[Node]:
    return (one for part in node.parts for one in walk(part.nodes))


def _leaves(loop: Node) -> bool:
    return any(
        node.kind in ("return", "raise", "break", "continue") for part in loop.parts for node in walk(part.nodes)
    )


# phrases


def _quoted(node: Node) -> str:
    return f"{node.name!r}, line {node.line}"


def _most(node: Node) -> str:
    return "as long as the run says" if node.seconds is None else f"at most {span(node.seconds)}"


def _named(names: Iterable[str], most: int = _FEW) -> str:
    """Names in a row: `a, b and c`; `a, b, c and 2 more`."""
    known = [*names]
    if len(known) > most:
        known = [*known[:most], f"{len(known) - most} more"]
    return " and ".join([", ".join(known[:-1]), known[-1]] if len(known) > 1 else known)
