"""Which name means what: the scopes of a source, what is bound in them, and where each name is read."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Definition = ast.FunctionDef | ast.AsyncFunctionDef
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
Kind = Literal["value", "update", "import", "function", "class", "parameter", "target"]

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True, eq=False, slots=True)
class Binding:
    """One place that gives a name a meaning. `value` is known for a plain assignment."""

    kind: Kind
    node: ast.AST
    value: ast.expr | None = None


@dataclass(eq=False, slots=True)
class Scope:
    """A module, class, function or comprehension with the names that belong to it."""

    node: ast.AST
    parent: Scope | None = None
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    reads: dict[str, list[ast.Name]] = field(default_factory=dict)
    borrowed: set[str] = field(default_factory=set)
    """Names declared `nonlocal` or `global` here."""

    def owner(self, name: str) -> Scope | None:
        """The scope that a name used here belongs to; a class's names are not seen from its functions."""
        scope: Scope | None = self
        while scope is not None:
            hidden = scope is not self and isinstance(scope.node, ast.ClassDef)
            if name in scope.bindings and name not in scope.borrowed and not hidden:
                return scope
            scope = scope.parent
        return None

    def within(self, node: ast.AST) -> bool:
        """Is this the scope of `node`, or one inside it?"""
        scope: Scope | None = self
        while scope is not None and scope.node is not node:
            scope = scope.parent
        return scope is not None


def parameters(function: Function) -> list[ast.arg]:
    """All parameters of a function, in order."""
    arguments = function.args
    extra = [argument for argument in (arguments.vararg, arguments.kwarg) if argument is not None]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *extra]


class Scopes(ast.NodeVisitor):
    """The scopes of a tree. Annotations are left out: they are never evaluated in a plan."""

    def __init__(self, tree: ast.Module) -> None:
        self.module = Scope(tree)
        self.unknown: list[ast.Name] = []
        self._scope = self.module
        self._of: dict[ast.AST, Scope] = {}
        self._parents: dict[ast.AST, ast.AST] = {}
        self._names: list[tuple[Scope, ast.Name]] = []
        self._borrowed: list[tuple[Scope, str, Binding]] = []
        for child in tree.body:
            self._parents[child] = tree
            self.visit(child)
        self._settle()

    def of(self, node: ast.AST) -> Scope:
        """The scope in which a node is evaluated."""
        return self._of.get(node, self.module)

    def parent(self, node: ast.AST) -> ast.AST | None:
        """The node right around this one."""
        return self._parents.get(node)

    def around(self, node: ast.AST) -> Iterator[ast.AST]:
        """The nodes around this one, from the inside out."""
        above = self._parents.get(node)
        while above is not None:
            yield above
            above = self._parents.get(above)

    def bindings(self, name: ast.Name) -> list[Binding]:
        """All that may have given this name its meaning."""
        owner = self.of(name).owner(name.id)
        return owner.bindings[name.id] if owner else []

    def visit(self, node: ast.AST) -> None:
        self._of[node] = self._scope
        super().visit(node)

    def generic_visit(self, node: ast.AST) -> None:
        for name, value in ast.iter_fields(node):
            if name not in ("annotation", "returns"):
                for child in value if isinstance(value, list) else [value]:
                    self._walk(child, node)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Store):
            self._bind(node.id, self._binding(node))
        else:
            self._names.append((self._scope, node))

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            self._of[alias] = self._scope
            self._parents[alias] = node
            self._bind(alias.asname or alias.name.split(".")[0], Binding("import", alias))

    visit_ImportFrom = visit_Import

    def visit_Nonlocal(self, node: ast.Nonlocal | ast.Global) -> None:
        self._scope.borrowed.update(node.names)

    visit_Global = visit_Nonlocal

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.name:
            self._bind(node.name, Binding("target", node))
        self.generic_visit(node)

    def visit_MatchAs(self, node: ast.MatchAs | ast.MatchStar) -> None:
        if node.name:
            self._bind(node.name, Binding("target", node))
        self.generic_visit(node)

    visit_MatchStar = visit_MatchAs

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        if node.rest:
            self._bind(node.rest, Binding("target", node))
        self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._bind(node.name, Binding("class", node))
        for outer in (*node.decorator_list, *node.bases, *node.keywords):
            self._walk(outer, node)
        self._enter(node, node.body)

    def visit_FunctionDef(self, node: Definition) -> None:
        self._bind(node.name, Binding("function", node))
        for decorator in node.decorator_list:
            self._walk(decorator, node)
        self._function(node, node.body)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._function(node, [node.body])

    def _function(self, node: Function, body: list[ast.stmt] | list[ast.expr]) -> None:
        for default in (*node.args.defaults, *filter(None, node.args.kw_defaults)):
            self._walk(default, node)
        scope = Scope(node, self._scope)
        for parameter in parameters(node):
            scope.bindings[parameter.arg] = [Binding("parameter", parameter)]
            self._of[parameter] = scope
            self._parents[parameter] = node
        self._enter(node, body, scope)

    def _comprehension(self, node: Comprehension) -> None:
        first = node.generators[0].iter
        self._parents[node.generators[0]] = node
        self._walk(first, node.generators[0])
        results = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        self._enter(node, [*node.generators, *results])

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension

    def visit_comprehension(self, node: ast.comprehension) -> None:
        for child in (node.target, node.iter, *node.ifs):
            if child not in self._of:
                self._walk(child, node)

    def _enter(
        self, node: ast.AST, body: list[ast.stmt] | list[ast.expr] | list[ast.AST], scope: Scope | None = None
    ) -> None:
        outer, self._scope = self._scope, scope or Scope(node, self._scope)
        for child in body:
            self._walk(child, node)
        self._scope = outer

    def _walk(self, child: object, parent: ast.AST) -> None:
        if isinstance(child, ast.AST):
            self._parents[child] = parent
            self.visit(child)

    def _binding(self, node: ast.Name) -> Binding:
        parent = self._parents.get(node)
        match parent:
            case ast.Assign(targets=targets, value=value) if node in targets:
                return Binding("value", node, value)
            case ast.AnnAssign(value=value) | ast.NamedExpr(value=value):
                return Binding("value", node, value)
            case ast.AugAssign():
                return Binding("update", node)
        return Binding("target", node)

    def _bind(self, name: str, binding: Binding) -> None:
        scope = self._scope
        if isinstance(self._parents.get(binding.node), ast.NamedExpr):
            while isinstance(scope.node, COMPREHENSIONS) and scope.parent:
                scope = scope.parent
        if name in scope.borrowed:
            self._borrowed.append((scope, name, binding))
        else:
            scope.bindings.setdefault(name, []).append(binding)

    def _settle(self) -> None:
        """Names can be read before the line that binds them, so they are resolved last."""
        for scope, name, binding in self._borrowed:
            (scope.owner(name) or self.module).bindings.setdefault(name, []).append(binding)
        for scope, node in self._names:
            owner = scope.owner(node.id)
            if owner is None:
                self.unknown.append(node)
            elif isinstance(node.ctx, ast.Load):
                owner.reads.setdefault(node.id, []).append(node)
