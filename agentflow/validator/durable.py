"""Which parts of a plan lead to a step, and where an awaitable that was kept in a name is waited for."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .plan import Plan
from .scopes import COMPREHENSIONS, DEFINITIONS, Function

_PLAIN = frozenset({"now", "random", "uuid", "progress"})
"""Verbs that a picture of the plan has no use for."""
_JUMPS = (ast.Return, ast.Raise, ast.Break, ast.Continue)


class Durable:
    """What is seen in the graph of a plan, and what is left out since nothing durable happens there."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._methods: dict[str, list[Function]] = {}
        for home in plan.classes:
            for method in home.body:
                if isinstance(method, DEFINITIONS):
                    self._methods.setdefault(method.name, []).append(method)
        self.functions = self._leading()
        """The plan's own functions that start a step, by themselves or through another one."""
        self._kept: dict[ast.AST, list[ast.expr]] = {}
        self.later = {made for node in plan.of(ast.Await, ast.Call) for made in self._waited_for(node)}
        """The awaitables that are made in one place and waited for in another."""
        self._live: set[ast.AST] = set()
        for node in (*plan.of(*_JUMPS), *self._kept, *filter(self.is_step, plan.calls)):
            self._mark(node)

    def __contains__(self, node: ast.AST) -> bool:
        """Does anything of the graph stand in this node?"""
        return node in self._live

    def is_step(self, node: ast.AST) -> bool:
        """Does the node itself start something?"""
        if not isinstance(node, ast.Call):
            return False
        verb = self._plan.verb(node)
        return (
            (verb is not None and verb not in _PLAIN)
            or self._plan.is_gather(node)
            or bool(self.called(node) or self.handed(node))
        )

    def called(self, call: ast.Call) -> list[Function]:
        """The own functions that a call enters, as far as they lead to steps."""
        return [one for one in self._entered(call) if one in self.functions]

    def handed(self, call: ast.Call) -> list[Function]:
        """The own functions that a call hands on to whoever calls them, as far as they lead to steps."""
        return [one for one in dict.fromkeys(self._handed(call)) if one in self.functions]

    def kept(self, node: ast.AST) -> list[ast.expr]:
        """The awaitables that an `await` or a group gets under a name."""
        return self._kept.get(node, [])

    def _leading(self) -> set[Function]:
        callers: dict[Function, set[Function]] = {}
        starting = [*self._decorated()]
        for call in self._plan.calls:
            home = self._plan.function_around(call)
            if home is None:
                continue
            if self._plan.is_gather(call) or self._plan.verb(call) not in (None, *_PLAIN):
                starting.append(home)
            for callee in (*self._entered(call), *self._handed(call)):
                callers.setdefault(callee, set()).add(home)
        found: set[Function] = set()
        while starting:
            function = starting.pop()
            if function not in found:
                found.add(function)
                starting += callers.get(function, ())
        return found

    def _decorated(self) -> Iterator[Function]:
        return (node for node in self._plan.definitions if self._plan.step_decorator(node))

    def _entered(self, call: ast.Call) -> list[Function]:
        """What is called; where only a method's name is known, all methods of that name."""
        found = self._plan.functions(call.func)
        if found or not isinstance(call.func, ast.Attribute) or self._plan.origin(call.func) is not None:
            return found
        return self._methods.get(call.func.attr, [])

    def _handed(self, call: ast.Call) -> Iterator[Function]:
        for node in (*call.args, *(keyword.value for keyword in call.keywords)):
            if isinstance(node, ast.Name | ast.Attribute | ast.Lambda):
                yield from self._plan.functions(node)

    def _mark(self, node: ast.AST) -> None:
        if node not in self._live:
            self._live.add(node)
            for above in self._plan.scopes.around(node):
                if above in self._live:
                    return
                self._live.add(above)

    def _waited_for(self, node: ast.AST) -> list[ast.expr]:
        """The awaitables behind the names that this node waits for."""
        match node:
            case ast.Await(value=ast.Name() as name):
                found = self.made(name)
            case ast.Call() if self._plan.is_gather(node) or self._plan.verb(node) == "race":
                given = [*node.args, *(keyword.value for keyword in node.keywords)]
                names = [one.value if isinstance(one, ast.Starred) else one for one in given]
                found = [made for name in names if isinstance(name, ast.Name) for made in self.made(name)]
            case _:
                return []
        if found:
            self._kept[node] = found
        return found

    def made(self, name: ast.Name) -> list[ast.expr]:
        """What a name was given once, with what was appended to it."""
        value = self._plan.only_value(name)
        if isinstance(value, ast.List | ast.Tuple):
            appended = [one for one in self._appended(name) if self._makes(one)]
            return [*(one for one in value.elts if self._makes(one)), *appended]
        return [value] if value is not None and self._makes(value) else []

    def _makes(self, node: ast.expr) -> bool:
        """Is it a step that has not started, or a display of such?"""
        if isinstance(node, COMPREHENSIONS) and not isinstance(node, ast.DictComp):
            return self._makes(node.elt)
        return self.is_step(node) and not isinstance(self._plan.scopes.parent(node), ast.Await)

    def _appended(self, name: ast.Name) -> list[ast.expr]:
        owner = self._plan.scopes.of(name).owner(name.id)
        found: list[ast.expr] = []
        for read in owner.reads.get(name.id, ()) if owner else ():
            above = self._plan.scopes.parent(read)
            call = self._plan.scopes.parent(above) if isinstance(above, ast.Attribute) else None
            if isinstance(call, ast.Call) and isinstance(above, ast.Attribute) and above.attr == "append":
                found += call.args[:1]
        return found
