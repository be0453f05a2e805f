"""The graph of a plan as the text of a Mermaid flowchart, which GitHub and many wikis draw by themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ..records import Graph, Node
from . import walk
from .edges import END, START, edges
from .labels import label
from .progress import Mark

_SHAPES = {
    "branch": ("{", "}"), "loop": ("{{", "}}"), "map": ("{{", "}}"), "sleep": ("(", ")"), "wait": ("(", ")"),
    "approval": ("[/", "/]"), "ask": ("[/", "/]"), "return": ("([", "])"), "raise": ("([", "])"),
    "break": ("([", "])"), "next": ("([", "])"), "continue": ("([", "])"), "try": ("[[", "]]"),
    "timeout": ("[[", "]]"), "gather": ("[[", "]]"), "race": ("[[", "]]"), "helper": ("[[", "]]"),
}  # fmt: skip
_BOX = ("[", "]")
_LOOKS = {
    "risky": "stroke:#c62f3b,stroke-width:3px",
    "done": "stroke:#1f8a4c,stroke-width:3px",
    "failed": "stroke:#c62f3b,stroke-width:3px,stroke-dasharray:5 3",
    "open": "stroke:#c98a00,stroke-width:3px",
    "skipped": "opacity:0.45",
}
_PLAIN = re.compile(r"[^A-Za-z0-9 .,:()'/=+-]")
"""What else a label holds is written as the number of its character: nothing in it is markup of Mermaid or of HTML."""


def mermaid(graph: Graph, marks: Mapping[str, Mark] | None = None) -> str:
    """The flowchart of a graph; `marks` say how a run went."""
    marks = marks or {}
    names = {node.id: f"n{n}" for n, node in enumerate(walk(graph.nodes), 1)} | {START: "begin", END: "finish"}
    lines = ["flowchart TD", "begin([start])", *(_node(node, names[node.id], marks) for node in walk(graph.nodes))]
    lines += ["finish([end])"]
    lines += [f"{names[edge.source]} -->{_way(edge.label)} {names[edge.target]}" for edge in edges(graph)]
    looks = {look for node in walk(graph.nodes) for look in _looks(node, marks)}
    lines += [f"classDef {look} {style}" for look, style in _LOOKS.items() if look in looks]
    return "\n    ".join(lines) + "\n"


def _node(node: Node, name: str, marks: Mapping[str, Mark]) -> str:
    said, mark = label(node), marks.get(node.id)
    title = " ".join(part for part in (said.word, said.name) if part)
    state = f"{mark.state} {mark.times} times" if mark and mark.times > 1 else mark.state if mark else ""
    begin, end = _SHAPES.get(node.kind, _BOX)
    text = "<br/>".join(_safe(part) for part in (title, said.note, state) if part)
    return f'{name}{begin}"{text}"{end}' + "".join(f":::{look}" for look in list(_looks(node, marks))[:1])


def _looks(node: Node, marks: Mapping[str, Mark]) -> Iterator[str]:
    """What a node looks like; how a run went comes first."""
    if node.id in marks:
        yield marks[node.id].state
    elif any(use.risk == "high" for use in node.calls):
        yield "risky"


def _way(text: str) -> str:
    return f'|"{_safe(text)}"|' if text else ""


def _safe(text: str) -> str:
    return _PLAIN.sub(lambda found: f"#{ord(found[0]) if found[0].isprintable() else 0xFFFD};", text)
