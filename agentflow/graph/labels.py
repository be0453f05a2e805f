"""How a node is called: one word for its kind, its name, and what else a reviewer wants to know of it."""

from __future__ import annotations

from typing import NamedTuple

from ..records import Node, ToolUse

_UNITS = (("week", 604_800), ("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
_WORDS = {
    "do": "do", "function": "do", "sleep": "sleep", "wait": "wait for", "approval": "ask for approval",
    "ask": "ask people", "delegate": "delegate", "rollback": "undo", "continue": "begin anew",
}  # fmt: skip
_FRAMES = {"try": "watch for errors", "gather": "all at the same time", "race": "whichever is first"}


class Label(NamedTuple):
    """A node in words: `do`, `refund`, `payments.refund (high risk), 3 retries`."""

    word: str
    name: str
    note: str


def label(node: Node) -> Label:
    """What a node is called wherever it is shown."""
    if node.kind in _FRAMES:
        return Label("", _FRAMES[node.kind], "")
    if node.kind == "timeout":
        return Label("", f"at most {_length(node)}", "")
    if node.kind == "helper":
        return Label("in", node.name, node.detail) if node.parts else Label("", f"in {node.name}", node.detail)
    if node.kind == "map":
        return Label("", f"{node.name}, at the same time", "")
    return Label(
        _WORDS.get(node.kind, ""), "" if node.kind in ("continue", "rollback") else node.name, ", ".join(_notes(node))
    )


def span(seconds: float) -> str:
    """A length of time in its largest whole unit: `2 days`, `90 minutes`."""
    unit, size = next(((unit, size) for unit, size in _UNITS if seconds >= size and seconds % size == 0), _UNITS[-1])
    number = seconds / size
    return f"{number:g} {unit}" if number == 1 else f"{number:g} {unit}s"


def tool(use: ToolUse) -> str:
    """A tool, and what makes it special."""
    special = ["high risk"] if use.risk == "high" else []
    special += {"always": ["needs a person"], "predicate": ["may need a person"]}.get(use.approval, [])
    return f"{use.tool} ({', '.join(special)})" if special else use.tool


def _notes(node: Node) -> list[str]:
    """Tools, times and what undoes it."""
    tools = " or ".join(map(tool, node.calls[:3])) + (" ..." if len(node.calls) > 3 else "")
    return [one for one in (_tools(node, tools), _waited(node), *_trying(node)) if one]


def _tools(node: Node, tools: str) -> str:
    if node.kind == "approval":
        return f"of {tools}" if tools else ""
    if node.kind == "function":
        return f"a function with {tools}" if tools else "a function"
    return f"{tools}, as approved" if node.approved else tools


def _waited(node: Node) -> str:
    if node.kind == "sleep":
        return _length(node)
    if node.kind == "rollback":
        return node.detail or "all that was done"
    if node.kind == "delegate":
        return f"to agent {node.detail}"
    most = f"at most {span(node.seconds)}" if node.seconds is not None else ""
    return ", ".join(one for one in (node.detail, most) if one)


def _length(node: Node) -> str:
    if node.seconds is not None:
        return span(node.seconds)
    return node.detail


def _trying(node: Node) -> list[str]:
    retries = {None: "", 0: "no retry", 1: "1 retry"}.get(node.retries, f"{node.retries} retries")
    return [retries, f"undone by {' and '.join(node.undo)}" if node.undo else ""]
