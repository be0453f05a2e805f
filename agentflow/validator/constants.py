"""What an expression can be known to hold without running it: constants, tables of constants, elements of displays."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from itertools import chain, islice

from .scopes import Binding, Scope, Scopes

_MOST = 100
"""Expressions that one may stand for, beyond which it counts as unknown."""


class Constants:
    """Follows names to the expressions they were given."""

    def __init__(self, scopes: Scopes, classes: Iterable[ast.ClassDef]) -> None:
        self._scopes = scopes
        self._names: dict[tuple[Scope | None, str, int], list[ast.expr]] = {}
        self._class_values: dict[str, list[ast.expr]] = {}
        for home in classes:
            for item in home.body:
                match item:
                    case ast.Assign(targets=[ast.Name(id=name)], value=ast.expr() as value):
                        self._class_values.setdefault(name, []).append(value)
                    case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                        self._class_values.setdefault(name, []).append(value)

    def leaves(self, node: ast.expr, depth: int = 6) -> list[ast.expr]:
        """The expressions that this one may stand for; itself where nothing more is known."""
        found = [*islice(self._leaves(node, depth), _MOST + 1)]
        return found if len(found) <= _MOST else [node]

    def value(self, node: ast.expr) -> ast.expr:
        """The one expression that a name stands for, if that cannot change: a constant; else the node itself."""
        if isinstance(node, ast.Name):
            match self._scopes.bindings(node):
                case [Binding(kind="value", value=ast.Constant() as constant)]:
                    return constant
        return node

    def _leaves(self, node: ast.expr, depth: int) -> Iterator[ast.expr]:
        match node if depth else None:
            case ast.IfExp(body=first, orelse=second):
                yield from self._leaves(first, depth - 1)
                yield from self._leaves(second, depth - 1)
            case ast.Name() as name if known := self._given(name, depth - 1):
                yield from known
            case ast.Subscript(value=table, slice=key) if found := self._looked_up(table, key):
                for value in found:
                    yield from self._leaves(value, depth - 1)
            case ast.Call(func=ast.Attribute(value=table, attr="get"), args=[_, *default]) if found := self._values(
                table
            ):
                for value in (*found, *default):
                    yield from self._leaves(value, depth - 1)
            case _:
                yield node

    def _given(self, name: ast.Name, depth: int) -> list[ast.expr]:
        """What all bindings of a name give it; nothing if one of them is not known."""
        key = self._scopes.of(name).owner(name.id), name.id, depth
        if key not in self._names:
            self._names[key] = []
            values = [self._values_of(binding) for binding in self._scopes.bindings(name)]
            if all(values):
                leaves = (leaf for value in chain(*values) for leaf in self._leaves(value, depth))
                found = [*islice(leaves, _MOST + 1)]
                self._names[key] = found if len(found) <= _MOST else []
        return self._names[key]

    def _values_of(self, binding: Binding) -> list[ast.expr]:
        return self._elements_for(binding) if binding.value is None else [binding.value]

    def _elements_for(self, binding: Binding) -> list[ast.expr]:
        """What a loop over a display gives its target."""
        above = self._scopes.parent(binding.node)
        match above:
            case ast.For(target=target, iter=row) | ast.comprehension(target=target, iter=row) if (
                target is binding.node
            ):
                return self._elements(row)
            case ast.Tuple(elts=[first, _]):
                match self._scopes.parent(above):
                    case ast.For(iter=row) | ast.comprehension(iter=row):
                        return self._pairs(row, 0 if binding.node is first else 1)
        return []

    def _elements(self, row: ast.expr) -> list[ast.expr]:
        match self._display(row):
            case ast.List(elts=found) | ast.Tuple(elts=found) | ast.Set(elts=found):
                return [] if any(isinstance(item, ast.Starred) for item in found) else found
            case ast.Dict() as table:
                return self._column(table, 0)
            case ast.Call(func=ast.Name(id="sorted" | "list" | "tuple" | "reversed"), args=[inner]):
                return self._elements(inner)
            case ast.Call(func=ast.Attribute(value=table, attr="values" | "keys" as part), args=[]):
                return self._column(self._display(table), 0 if part == "keys" else 1)
        return []

    def _pairs(self, row: ast.expr, position: int) -> list[ast.expr]:
        match row:
            case ast.Call(func=ast.Attribute(value=table, attr="items"), args=[]):
                return self._column(self._display(table), position)
            case ast.Call(func=ast.Name(id="enumerate"), args=[inner, *_]) if position == 1:
                return self._elements(inner)
        match self._display(row):
            case ast.List(elts=found) | ast.Tuple(elts=found):
                tuples = [item.elts for item in found if isinstance(item, ast.Tuple) and len(item.elts) == 2]
                return [item[position] for item in tuples] if len(tuples) == len(found) else []
        return []

    def _looked_up(self, table: ast.expr, key: ast.expr) -> list[ast.expr]:
        display = self._display(table)
        if isinstance(display, ast.Dict) and isinstance(key, ast.Constant):
            pairs = zip(display.keys, display.values, strict=True)
            exact = [value for name, value in pairs if isinstance(name, ast.Constant) and name.value == key.value]
            return exact or self._values(table)
        return self._values(table)

    def _values(self, table: ast.expr) -> list[ast.expr]:
        display = self._display(table)
        return self._column(display, 1) if isinstance(display, ast.Dict) else self._elements(table)

    def _column(self, table: ast.expr, position: int) -> list[ast.expr]:
        if not isinstance(table, ast.Dict) or None in table.keys:
            return []
        return table.values if position else [key for key in table.keys if key is not None]

    def _display(self, node: ast.expr) -> ast.expr:
        """The display that a name was given, where it was given one only."""
        if isinstance(node, ast.Name):
            match self._scopes.bindings(node):
                case [Binding(kind="value", value=ast.expr() as value)]:
                    return value
        if isinstance(node, ast.Attribute):
            return self._class_constant(node)
        return node

    def _class_constant(self, node: ast.Attribute) -> ast.expr:
        """`self.ROUTES` and `Plan.ROUTES` are what the class body says, where one class says it."""
        found = self._class_values.get(node.attr, []) if isinstance(node.value, ast.Name) else []
        return found[0] if len(found) == 1 else node
