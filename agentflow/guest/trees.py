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


def raw_strings(node: ast.AST) -> Iterator[tuple[str, str]]:
    """The strings that a node itself holds, by field: identifiers, all of them, whatever kind of node it is."""
    if isinstance(node, ast.Constant):
        return
    for field, value in ast.iter_fields(node):
        for item in value if isinstance(value, list) else (value,):
            if isinstance(item, str):
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


def imported_modules(tree: ast.Module) -> dict[str, str]:
    """The names that stand for a module wherever the plan uses them, and for which."""
    modules = {
        bound: module for node in ast.walk(tree) if isinstance(node, ast.Import) for bound, module in _names(node)
    }
    return {name: module for name, module in modules.items() if name not in set(_defined(tree))}


def bound_names(tree: ast.Module) -> frozenset[str]:
    """The names that the plan gives a meaning, in whatever scope."""
    imported = (name for node in ast.walk(tree) if isinstance(node, ast.Import) for name, _ in _names(node))
    return frozenset(_defined(tree)) | frozenset(imported)


def _names(node: ast.Import) -> Iterator[tuple[str, str]]:
    for alias in node.names:
        module = alias.name if alias.asname else alias.name.partition(".")[0]
        yield alias.asname or module, module


def _defined(tree: ast.Module) -> Iterator[str]:
    """What is bound in any way but `import module`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            if not isinstance(node.ctx, ast.Load):
                yield node.id
        elif isinstance(node, ast.ImportFrom):
            yield from (alias.asname or alias.name for alias in node.names)
        elif not isinstance(node, ast.Attribute | ast.keyword | ast.alias | ast.Global):
            yield from (name for _, name in raw_strings(node))
