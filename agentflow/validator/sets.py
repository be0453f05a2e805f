"""Which expressions are sets, and by what their elements are ordered."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Literal

from .plan import Plan
from .scopes import Binding, Scope

Order = Literal["fixed", "unknown", "address"]
"""How a set orders its elements: by their values alone, perhaps by where they lie in memory, certainly so."""

_MAKERS = frozenset({"set", "frozenset"})
_METHODS = frozenset({"union", "intersection", "difference", "symmetric_difference", "copy"})
_OPERATORS = (ast.BitOr, ast.BitAnd, ast.Sub, ast.BitXor)
_FIXED_CALLS = frozenset({"str", "int", "len", "ord", "round", "range", "bool", "float", "abs", "chr"})
_FIXED_METHODS = frozenset({
    "lower", "upper", "strip", "lstrip", "rstrip", "casefold", "title", "capitalize", "replace", "split", "splitlines",
    "join", "format", "removeprefix", "removesuffix", "keys", "isoformat", "hexdigest", "rsplit", "date", "findall",
})  # fmt: skip
"""What they give are strings, or such as are hashed by their value."""
_DEPTH = 5


def is_source(node: ast.AST) -> bool:
    """May a set come from here? A plan without any has nothing to look through."""
    match node:
        case ast.Set() | ast.SetComp() | ast.Name(id="set" | "frozenset") | ast.Attribute(attr="keys"):
            return True
    return False


class Sets:
    """Asks of expressions whether they are sets."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._names: dict[tuple[Scope | None, str, int], Order | None] = {}

    def order(self, node: ast.expr, depth: int = _DEPTH) -> Order | None:
        """The order of a set; None for whatever is not certainly one."""
        match node if depth else None:
            case ast.Set(elts=elements):
                return self._worst(self._element(one) for one in elements)
            case ast.SetComp(elt=element):
                return self._element(element)
            case ast.Call(func=ast.Name(id=name), args=given) if name in _MAKERS and self._is_builtin(node):
                return self._worst(self._elements(one, depth - 1) for one in given)
            case ast.Call(func=ast.Attribute(value=owner, attr=name)) if name in _METHODS:
                return self.order(owner, depth - 1)
            case ast.BinOp(left=left, op=op, right=right) if isinstance(op, _OPERATORS):
                return self._combined(left, op, right, depth - 1)
            case ast.IfExp(body=first, orelse=second):
                return self._all([first, second], depth - 1)
            case ast.Name() as name:
                return self._named_before(name, depth - 1)
        return None

    def _named_before(self, name: ast.Name, depth: int) -> Order | None:
        key = self._plan.scopes.of(name).owner(name.id), name.id, depth
        if key not in self._names:
            self._names[key] = self._named(name, depth)
        return self._names[key]

    def _combined(self, left: ast.expr, op: ast.operator, right: ast.expr, depth: int) -> Order | None:
        known = [self.order(side, depth) or self._keys(side) for side in (left, right)]
        if known[0] is None and (known[1] is None or not isinstance(left, ast.Name)):
            return None
        if isinstance(op, ast.Sub | ast.BitAnd) and known[0] is not None:
            return known[0]
        return self._worst(one or "unknown" for one in known)

    def _keys(self, node: ast.expr) -> Order | None:
        """The keys of a dict combine to sets; keys of JSON are strings."""
        is_keys = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "keys"
        return "fixed" if is_keys else None

    def _named(self, node: ast.Name, depth: int) -> Order | None:
        bindings = self._plan.scopes.bindings(node)
        values = [binding.value for binding in bindings if binding.kind == "value" and binding.value is not None]
        if not values or any(binding.kind not in ("value", "update") for binding in bindings):
            return None
        order = self._all(values, depth)
        return "unknown" if order == "fixed" and self._grows(node, bindings) else order

    def _grows(self, node: ast.Name, bindings: list[Binding]) -> bool:
        """Does something else come in, by `names.add(...)` or `names |= ...`?"""
        owner = self._plan.scopes.of(node).owner(node.id)
        above = [self._plan.scopes.parent(read) for read in (owner.reads.get(node.id, ()) if owner else ())]
        calls = [self._plan.scopes.parent(one) for one in above if isinstance(one, ast.Attribute) and one.attr == "add"]
        added = [one.args[0] for one in calls if isinstance(one, ast.Call) and one.args]
        updated = any(isinstance(one, ast.Attribute) and one.attr == "update" for one in above)
        return (
            updated
            or any(binding.kind == "update" for binding in bindings)
            or any(self._element(one) != "fixed" for one in added)
        )

    def _all(self, nodes: list[ast.expr], depth: int) -> Order | None:
        known = [self.order(node, depth) for node in nodes]
        return None if None in known else self._worst(one for one in known if one)

    def _elements(self, node: ast.expr, depth: int) -> Order:
        """The order of what a set is made from."""
        match self._plan.constants.value(node):
            case ast.List(elts=elements) | ast.Tuple(elts=elements):
                return self._worst(self._element(one) for one in elements)
            case ast.ListComp(elt=element) | ast.GeneratorExp(elt=element):
                return self._element(element)
            case value:
                return self.order(node, depth) or self._element(value)

    def _element(self, node: ast.expr) -> Order:
        match self._plan.constants.value(node):
            case ast.Constant(value=value):
                return "address" if value is None else "fixed"
            case ast.Lambda():
                return "address"
            case ast.JoinedStr() | ast.Dict() | ast.DictComp():
                return "fixed"
            case ast.Tuple(elts=parts):
                return self._worst(self._element(part) for part in parts)
            case ast.Call(func=ast.Name(id=name)) if name in _FIXED_CALLS and self._is_builtin(node):
                return "fixed"
            case ast.Call(func=ast.Attribute(attr=name)) if name in _FIXED_METHODS:
                return "fixed"
            case ast.Name() | ast.Attribute() if self._plan.functions(node):
                return "address"
            case ast.Name() as name if values := self._loop(name):
                return self._worst(self._element(value) for value in values)
        return "unknown"

    def _loop(self, name: ast.Name) -> list[ast.expr]:
        leaves = self._plan.constants.leaves(name, depth=2)
        return [leaf for leaf in leaves if leaf is not name] if name not in leaves else []

    def _worst(self, orders: Iterable[Order]) -> Order:
        known = {*orders}
        return "address" if "address" in known else "unknown" if "unknown" in known else "fixed"

    def _is_builtin(self, node: ast.expr) -> bool:
        name = node.func if isinstance(node, ast.Call) else node
        return isinstance(name, ast.Name) and not self._plan.scopes.bindings(name)
