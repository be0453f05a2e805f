"""How often a plan calls each tool at most, on any way through its graph."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from ..records import Node, Part, ToolUse
from . import walk

Calls = Mapping[str, float]
"""Tool -> how often; infinite where nothing in the source ends it."""
RECURSION = "calls itself"
"""What is said of a helper that is met in itself."""
_NONE: Calls = {}


class Ways(NamedTuple):
    """The most calls on a way to the next node, out of the plan, out of the helper, out of the loop, to its next round.

    None where there is no such way.
    """

    on: Calls | None = _NONE
    raised: Calls | None = None
    left: Calls | None = None
    broken: Calls | None = None
    again: Calls | None = None


def most(nodes: Sequence[Node]) -> Calls:
    """How often each tool is called at most, in one generation of a run."""
    return _highest(*_sequence(nodes)) or _NONE


def _sequence(nodes: Sequence[Node]) -> Ways:
    ways = Ways()
    for node in nodes:
        if ways.on is None:
            break
        ways = _then(ways, _node(node))
    return ways


def _node(node: Node) -> Ways:
    if node.kind in _FRAMES:
        return _FRAMES[node.kind](node)
    if node.kind in _JUMPS:
        return Ways(None)._replace(**{_JUMPS[node.kind]: _NONE})
    if node.kind in ("do", "function"):
        return Ways({use.tool: _within(node, use) for use in node.calls})
    return _each(node.parts)


def _within(node: Node, use: ToolUse) -> float:
    """A step's function has at most one effect; what it only reads, it may read in a loop."""
    return 1 if node.kind == "do" or use.effect == "once" else math.inf


def _branch(node: Node) -> Ways:
    return _either([_sequence(part.nodes) for part in node.parts])


def _loop(node: Node) -> Ways:
    once = _either([_sequence(part.nodes) for part in node.parts])
    rounds = math.inf if node.times is None else node.times
    going_on = _highest(once.on, once.again) or _NONE
    before = _times(going_on, max(0, rounds - 1))
    last = [None if way is None else _sum(before, way) for way in (once.raised, once.left, once.broken)]
    return Ways(_highest(_times(going_on, rounds), last[2]), last[0], last[1])


def _try(node: Node) -> Ways:
    """A handler comes after whatever was done in the block before it failed."""
    body, *others = node.parts
    handlers = [_sequence(part.nodes) for part in others if part.label != "finally"]
    tried = _sequence(body.nodes)
    failed = _highest(*tried) or _NONE
    ways = _either([tried, *(_then(Ways(failed), handler) for handler in handlers)])
    for part in others:
        if part.label == "finally":
            last = _highest(*_sequence(part.nodes)) or _NONE
            ways = Ways(*(None if way is None else _sum(way, last) for way in ways))
    return ways


def _helper(node: Node) -> Ways:
    ways = _each(node.parts)
    if any(inner.detail == RECURSION for part in node.parts for inner in walk(part.nodes) if inner.kind == "helper"):
        endless = dict.fromkeys(_highest(*ways) or _NONE, math.inf)
        return Ways(endless, None if ways.raised is None else endless)
    return Ways(_highest(ways.on, ways.left), ways.raised)


def _beside(node: Node) -> Ways:
    """All of them start, and an error of one leaves the others their way."""
    ways = [_sequence(part.nodes) for part in node.parts]
    total: Calls = _NONE
    for one in ways:
        total = _sum(total, _highest(*one) or _NONE)
    return Ways(total, total if any(one.raised is not None for one in ways) else None)


def _each(parts: Sequence[Part]) -> Ways:
    return _sequence([node for part in parts for node in part.nodes])


def _then(first: Ways, then: Ways) -> Ways:
    before = first.on or _NONE
    later = Ways(*(None if way is None else _sum(before, way) for way in then))
    return later._replace(
        **{name: _highest(getattr(first, name), getattr(later, name)) for name in ("raised", "left", "broken", "again")}
    )


def _either(ways: Sequence[Ways]) -> Ways:
    return Ways(*(_highest(*column) for column in zip(*ways, strict=True))) if ways else Ways()


def _times(calls: Calls, rounds: float) -> Calls:
    return {tool: count * rounds if count and rounds else 0 for tool, count in calls.items()}


def _sum(one: Calls, other: Calls) -> Calls:
    return {tool: one.get(tool, 0) + other.get(tool, 0) for tool in {**one, **other}}


def _highest(*ways: Calls | None) -> Calls | None:
    known = [way for way in ways if way is not None]
    if not known:
        return None
    return {tool: max(way.get(tool, 0) for way in known) for tool in {tool: None for way in known for tool in way}}


_JUMPS = {"return": "left", "continue": "left", "raise": "raised", "break": "broken", "next": "again"}
_FRAMES: Mapping[str, Callable[[Node], Ways]] = {
    "branch": _branch, "loop": _loop, "map": _loop, "try": _try, "gather": _beside, "race": _beside, "helper": _helper,
}  # fmt: skip
