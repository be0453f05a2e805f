"""The sheet on which the graph of a plan is drawn: numbered nodes, helpers in helpers, and an end to both."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from .durable import Durable
from .nodes import Node, Verbs, node, part
from .plan import Plan
from .roles import Roles
from .scopes import Function

MOST = 500
"""Nodes of a graph; what would be more is cut, and the graph says so."""
DEEPEST = 40
"""How many frames may stand in each other."""
MOST_HELPERS = 6
"""How many helpers may."""

Ways = Iterable[tuple[str, Sequence[ast.AST]]]
"""The parts of a frame: what each is called, and the statements or expressions in it."""


class Drawing(ABC):
    """Adds nodes in the order in which they are met. What a node of the tree means is said by those who inherit."""

    def __init__(self, plan: Plan, roles: Roles) -> None:
        self.plan = plan
        self.cut = False
        self.durable = Durable(plan)
        self.verbs = Verbs(plan, roles)
        self._path: list[tuple[Function, ast.AST]] = []
        self._ids: set[str] = set()
        self._depth = 0

    @abstractmethod
    def read(self, one: ast.AST) -> list[Node]:
        """The nodes of a statement or an expression."""

    @property
    def full(self) -> bool:
        """Is there no room left?"""
        return len(self._ids) >= MOST

    def block(self, nodes: Iterable[ast.AST]) -> list[Node]:
        """The nodes of several, one after the other."""
        return [found for one in nodes for found in self.read(one)]

    def add(self, made: Node) -> list[Node]:
        """The node with an id of its own, if there is room for it."""
        if self.full:
            self.cut = True
            return []
        id = self._id(made)
        self._ids.add(id)
        return [{"id": id, **{key: value for key, value in made.items() if key != "column"}}]

    def frame(self, made: Node, ways: Ways) -> list[Node]:
        """A node with others in it; a frame in which nothing happens but jumps between its own parts is left out."""
        added = self.around(made, lambda: [part(label, self.block(nodes)) for label, nodes in ways])
        return [] if _idle(added) else added

    def around(self, made: Node, parts: Callable[[], list[dict[str, Any]]]) -> list[Node]:
        """A node with parts, which are read after it has its place."""
        if self._depth == DEEPEST:
            self.cut = True
            return []
        added = self.add(made)
        self._depth += 1
        for one in added:
            one["parts"] = parts()
        self._depth -= 1
        return added

    def helper(self, function: Function, call: ast.AST, name: str) -> list[Node]:
        """What an own function does, where it is called."""
        made = node("helper", name, call)
        if any(function is above for above, _ in self._path) or function is self.plan.run:
            return self.add(made | {"detail": "calls itself"})
        if len(self._path) == MOST_HELPERS:
            self.cut = True
            return self.add(made | {"detail": "not followed further"})
        self._path.append((function, call))
        try:
            return self.around(made, lambda: [part("", self.body(function))])
        finally:
            self._path.pop()

    def body(self, function: Function) -> list[Node]:
        """What a function does. A `return` after which nothing would come says nothing."""
        if isinstance(function, ast.Lambda):
            return self.read(function.body)
        nodes = self.block(function.body)
        _trim(nodes)
        return nodes

    def leaving(self) -> str:
        """What a `return` here ends."""
        return f"leave {getattr(self._path[-1][0], 'name', 'the function')}" if self._path else "end"

    def _id(self, made: Node) -> str:
        """From where it stands and how one gets there, so that it is the same whenever it is drawn."""
        calls = "".join(f".{getattr(call, 'lineno', 0)}-{getattr(call, 'col_offset', 0)}" for _, call in self._path)
        first = id = f"{made['kind']}-{made['line']}-{made['column']}{calls}"
        again = 1
        while id in self._ids:
            again += 1
            id = f"{first}_{again}"
        return id


def _trim(nodes: list[Node]) -> None:
    """Take the returns away that stand at the end of everything."""
    while nodes and (nodes[-1]["kind"] == "return" or _is_trimmed(nodes[-1])):
        nodes.pop()


def _is_trimmed(last: Node) -> bool:
    """Trim the ways of the last node, and say whether nothing is left of a branch."""
    if last["kind"] not in ("branch", "try"):
        return False
    for way in last["parts"]:
        if way["label"] != "finally":
            _trim(way["nodes"])
    return last["kind"] == "branch" and not any(way["nodes"] for way in last["parts"])


def _idle(nodes: Iterable[dict[str, Any]], *, looping: bool = False) -> bool:
    """Does nothing happen here, but that loops which stand here go on or end?"""
    return all(_is_idle(one, [each for way in one["parts"] for each in way["nodes"]], looping) for one in nodes)


def _is_idle(one: dict[str, Any], inner: list[dict[str, Any]], looping: bool) -> bool:
    if one["kind"] in ("break", "next"):
        return looping
    return one["kind"] in ("branch", "loop") and _idle(inner, looping=looping or one["kind"] == "loop")
