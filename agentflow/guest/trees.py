"""Questions to a plan's syntax tree that no single node can answer."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import TypeVar

Node = TypeVar("Node", bound=ast.AST)


def copy(node: Node) -> Node:
    """A copy of a tree, several times faster than `copy.deepcopy`."""
    fresh = type(node).__new__(type(node))
    for name, value in vars(node).items():
        setattr(fresh, name, [_copied(item) for item in value] if isinstance(value, list) else _copied(value))
    return fresh


def _copied(value: object) -> object:
    return copy(value) if isinstance(value, ast.AST) else value


_LEAVES = frozenset({bool, bytes, complex, float, int, str, type(None), type(...), ast.Load, ast.Store, ast.Del})
"""Of what a field may hold, all but parts and lists of them: asked first, since most fields hold one of these.
Whether a name is read or bound is no part of a plan: all names share the node that says so."""


def children(node: ast.AST) -> list[ast.AST]:
    """The parts right below."""
    found: list[ast.AST] = []
    for field in node._fields:
        value = getattr(node, field, None)
        if type(value) is list:
            found += [item for item in value if isinstance(item, ast.AST)]
        elif type(value) not in _LEAVES:
            found.append(value)  # type: ignore[arg-type]
    return found


def walk(tree: ast.AST) -> list[ast.AST]:
    """The tree and all parts below it, in the order of `ast.walk` and in half of its time."""
    found = [tree]
    for node in found:
        found += children(node)
    return found


def raw_strings(node: ast.AST) -> Iterator[tuple[str, str]]:
    """The strings that a node itself holds, by field: identifiers, all of them, whatever kind of node it is."""
    if isinstance(node, ast.Constant):
        return
    for field in node._fields:
        value = getattr(node, field, None)
        if type(value) is str:
            yield field, value
        elif type(value) is list:
            for item in value:
                if type(item) is str:
                    yield field, item


def dotted(node: ast.expr) -> str | None:
    """`a.b.c` as text; None for every other expression."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        owner = dotted(node.value)
        return owner and f"{owner}.{node.attr}"
    return None


def is_super(node: ast.expr) -> bool:
    """`super()` without arguments, as a method calls it."""
    is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"
    return is_call and not (node.args or node.keywords)  # type: ignore[attr-defined]


def jumps(body: Iterable[ast.AST], *, looping: bool = False) -> Iterator[ast.AST]:
    """The statements that leave a block: `return`, and `break` or `continue` of a loop outside of it."""
    for node in body:
        if isinstance(node, ast.Return) or (isinstance(node, ast.Break | ast.Continue) and not looping):
            yield node
        elif isinstance(node, ast.For | ast.While):
            yield from jumps(node.body, looping=True)
            yield from jumps(node.orelse, looping=looping)
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield from jumps(ast.iter_child_nodes(node), looping=looping)


class Names:
    """What the names of a plan stand for, wherever it uses them."""

    def __init__(self, tree: ast.Module) -> None:
        nodes = walk(tree)
        modules = dict(pair for node in nodes if isinstance(node, ast.Import) for pair in _imported(node))
        defined = {name for node in nodes for name in _defined(node)}
        self.bound = defined | modules.keys()
        """Those that the plan gives a meaning, in whatever scope."""
        self.modules = {name: module for name, module in modules.items() if name not in defined}
        """Those that stand for a module and nothing else, and for which."""


def _imported(node: ast.Import) -> Iterator[tuple[str, str]]:
    for alias in node.names:
        module = alias.name if alias.asname else alias.name.partition(".")[0]
        yield alias.asname or module, module


def _defined(node: ast.AST) -> Iterable[str]:
    """What a node binds in any way but `import module`."""
    if isinstance(node, ast.Name):
        return () if isinstance(node.ctx, ast.Load) else (node.id,)
    if isinstance(node, ast.ImportFrom):
        return [alias.asname or alias.name for alias in node.names]
    if isinstance(node, ast.Attribute | ast.keyword | ast.alias | ast.Global):
        return ()
    return [name for _, name in raw_strings(node)]
