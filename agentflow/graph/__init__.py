"""What a plan does, drawn from its source: read from what the compile guest says, and shown to people."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any, cast

from ..records import Graph, Json, Node, Part, ToolUse

KINDS = frozenset({
    "do", "function", "sleep", "wait", "approval", "ask", "delegate", "rollback", "continue", "return", "raise",
    "break", "next", "branch", "loop", "try", "timeout", "gather", "race", "map", "helper",
})  # fmt: skip
MOST = 500
"""Nodes of a graph."""
DEEPEST = 50
"""How many frames stand in each other at most."""
_LONGEST = 300
_MANY = 1000
_ID = re.compile(r"[a-z]+(-\d{1,7}){2}(\.\d{1,7}-\d{1,7})*(_\d{1,3})?")
_NODE = frozenset(field.name for field in fields(Node))
_USE = frozenset(field.name for field in fields(ToolUse))


def read(document: Json) -> Graph | None:
    """The graph that a document tells. Raises `ValueError` where it is none."""
    if document is None:
        return None
    _demand(isinstance(document, dict) and set(document) == {"nodes", "cut"} and type(document["cut"]) is bool)
    graph = Graph(_nodes(document["nodes"], 0), document["cut"])
    ids = [node.id for node in walk(graph.nodes)]
    _demand(len(ids) == len(set(ids)) <= MOST)
    return graph


def walk(nodes: Sequence[Node]) -> Iterator[Node]:
    """All nodes, in the order of the source, each before those in it."""
    for node in nodes:
        yield node
        for part in node.parts:
            yield from walk(part.nodes)


def _nodes(document: Json, depth: int) -> tuple[Node, ...]:
    _demand(isinstance(document, list) and len(document) <= MOST and depth <= DEEPEST)
    return tuple(_node(one, depth) for one in document)


def _node(document: Json, depth: int) -> Node:
    _demand(isinstance(document, dict) and {*document, "args"} == _NODE)
    _demand(all(_is_text(document[key]) for key in ("id", "kind", "name", "detail")))
    _demand(document["kind"] in KINDS and bool(_ID.fullmatch(document["id"])) and type(document["approved"]) is bool)
    _demand(all(_is_count(document[key]) for key in ("line", "end")))
    _demand(all(document[key] is None or _is_count(document[key]) for key in ("retries", "times")))
    _demand(document["seconds"] is None or _is_length(document["seconds"]))
    _demand(_is_list(document["undo"]) and all(map(_is_text, document["undo"])))
    made: dict[str, Any] = {
        "calls": tuple(map(_use, _listed(document["calls"]))),
        "undo": tuple(document["undo"]),
        "parts": tuple(_part(one, depth + 1) for one in _listed(document["parts"])),
        "args": _args(document.get("args")),
    }
    return Node(**{**cast(dict[str, Any], document), **made})


def _part(document: Json, depth: int) -> Part:
    _demand(isinstance(document, dict) and set(document) == {"label", "nodes"} and _is_text(document["label"]))
    return Part(document["label"], _nodes(document["nodes"], depth))


def _use(document: Json) -> ToolUse:
    _demand(isinstance(document, dict) and set(document) == _USE and all(map(_is_text, document.values())))
    return ToolUse(**cast(dict[str, str], document))


def _args(document: Json) -> tuple[tuple[str, str], ...] | None:
    """None of a graph that was stored before arguments were."""
    if document is None:
        return None
    pairs = _listed(document)
    _demand(all(_is_list(pair) and len(pair) == 2 and all(map(_is_text, pair)) for pair in pairs))
    return tuple((name, given) for name, given in pairs)


def _listed(document: Json) -> list[Json]:
    _demand(_is_list(document))
    return cast(list[Json], document)


def _is_list(document: Json) -> bool:
    return isinstance(document, list) and len(document) <= _MANY


def _is_text(document: Json) -> bool:
    return isinstance(document, str) and len(document) <= _LONGEST


def _is_count(document: Json) -> bool:
    return type(document) is int and 0 <= document < 2**53


def _is_length(document: Json) -> bool:
    return type(document) in (int, float) and 0 <= document < 2**53


def _demand(held: bool) -> None:
    if not held:
        raise ValueError("this is not the graph of a plan")
