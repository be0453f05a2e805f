"""A run on the graph of its plan: which nodes it has been through, and how that went."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from ..records import Graph, Node, StepView
from . import walk

State = Literal["done", "failed", "open", "skipped"]

_KINDS = {
    "do": {"do", "function"}, "sleep": {"sleep"}, "sleep_until": {"sleep"}, "wait_for_event": {"wait"},
    "wait_for_approval": {"approval"}, "ask": {"ask"}, "delegate": {"delegate"}, "rollback": {"rollback"},
    "timeout": {"timeout"},
}  # fmt: skip
_HOLE = re.compile(r"\{[^{}]*\}|…$")
_ENDED = frozenset({"done", "failed", "withdrawn"})
"""A block with a time is withdrawn where it ends before that, anything else where the run has let it go."""


class Mark(NamedTuple):
    """What became of a node: its state, and how many steps it was."""

    state: State
    times: int = 0


def progress(
    graph: Graph, steps: Sequence[StepView], *, over: bool, places: Places | None = None
) -> Mapping[str, Mark]:
    """Node -> what became of it. Where a run is `over`, what it did not come to is skipped.

    A step is found by its kind, its line and its name. A helper that is called in several places shows all its steps
    in each of them: the run does not say from where it was called.
    """
    found: dict[str, list[StepView]] = {}
    places = places or Places(graph)
    for step in steps:
        for node in places.of(step):
            found.setdefault(node.id, []).append(step)
    marks = {id: Mark(_state(of_node), len(of_node)) for id, of_node in found.items()}
    for node in graph.nodes:
        _reach(node, marks)
    if over:
        _skip(graph.nodes, marks, reached=True)
    return marks


def node_of(graph: Graph, step: StepView) -> Node | None:
    """The node that a step is of: the first, where it may be of several."""
    return next(iter(Places(graph).of(step)), None)


def following(nodes: Sequence[Node], node: Node) -> tuple[Node, ...] | None:
    """What comes after a node, in its frame and in those around it; None where it is none of these."""
    for n, one in enumerate(nodes):
        if one.id == node.id:
            return tuple(nodes[n + 1 :])
        for part in one.parts:
            inner = following(part.nodes, node)
            if inner is not None:
                return (*inner, *nodes[n + 1 :])
    return None


class Places:
    """Where the steps of a run are in its graph. A run may have thousands that are alike, or in one line: each such
    place is looked for once."""

    def __init__(self, graph: Graph) -> None:
        self._nodes = [*walk(graph.nodes)]
        self._patterns = {node.id: _pattern(node.name) for node in self._nodes if _HOLE.search(node.name)}
        self._known: dict[tuple[str, str, int | None], list[Node]] = {}
        self._placed: dict[tuple[str, int | None], list[Node]] = {}

    def of(self, step: StepView) -> list[Node]:
        """The nodes that a step may be of: in its line if one is there, else by its name."""
        what = (step.kind, step.name, step.line)
        if what not in self._known:
            self._known[what] = self._fitting(*what)
        return self._known[what]

    def _fitting(self, kind: str, name: str, line: int | None) -> list[Node]:
        in_line = [] if line is None else self._alike(kind, line)
        named = [node for node in in_line or self._alike(kind, None) if self._is_named(node, name)]
        return named or in_line

    def _alike(self, kind: str, line: int | None) -> list[Node]:
        """The nodes of a kind, in a line or anywhere."""
        if (kind, line) not in self._placed:
            kinds = _KINDS.get(kind, set())
            within = self._nodes if line is None else (node for node in self._nodes if node.line <= line <= node.end)
            self._placed[kind, line] = [node for node in within if node.kind in kinds]
        return self._placed[kind, line]

    def _is_named(self, node: Node, name: str) -> bool:
        pattern = self._patterns.get(node.id)
        same = node.name == name if pattern is None else bool(pattern.fullmatch(name))
        return same or node.kind in ("timeout", "rollback")


def _pattern(name: str) -> re.Pattern[str]:
    """A name with holes as what it may become."""
    fixed = re.split(r"\{[^{}]*\}", name.removesuffix("…"))
    return re.compile(".*".join(map(re.escape, fixed)) + (".*" if name.endswith("…") else ""), re.DOTALL)


def _state(steps: Sequence[StepView]) -> State:
    if any(step.state not in _ENDED for step in steps):
        return "open"
    if all(step.state == "withdrawn" and step.kind != "timeout" for step in steps):
        return "skipped"
    return "failed" if any(step.state == "failed" for step in steps) else "done"


def _reach(node: Node, marks: dict[str, Mark]) -> None:
    """Give a frame the state of what is in it."""
    inner = [one for part in node.parts for one in part.nodes]
    for one in inner:
        _reach(one, marks)
    states = {marks[one.id].state for one in inner if one.id in marks}
    if states and node.id not in marks:
        marks[node.id] = Mark(next((state for state in _ORDER if state in states), "skipped"))


def _skip(nodes: Sequence[Node], marks: dict[str, Mark], *, reached: bool) -> None:
    """Mark what a run that is over did not come to. Of a branch or a loop in its way nothing tells that it did."""
    for node in nodes:
        if node.id not in marks and (not reached or node.kind in STEPS):
            marks[node.id] = Mark("skipped")
        for part in node.parts:
            inner = [one.kind in STEPS for one in walk(part.nodes)]
            dead = any(inner) and all(marks.get(one.id, _SKIPPED).state == "skipped" for one in part.nodes)
            _skip(part.nodes, marks, reached=reached and not dead)


_ORDER: tuple[State, ...] = ("open", "done", "failed")
"""What a frame is, of what is in it: an error in it may have been handled."""
STEPS = frozenset(kind for kinds in _KINDS.values() for kind in kinds)
"""Kinds of which a step tells that a run came to them."""
_SKIPPED = Mark("skipped")
