"""Who runs which function of a plan: a step as its body, or the run itself."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from ..guest.trees import children
from .plan import Plan, own_nodes
from .scopes import DEFINITIONS, Function


class Roles:
    """The functions that steps run, and those that run outside of any step."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._calls: dict[ast.AST, list[Function]] = {}
        self.bodies = list(dict.fromkeys(self._bodies()))
        self.asides = list(dict.fromkeys(self._asides()))
        """The functions that are called between a step's attempts or after it: for its rollback, for a delay."""
        start = [plan.run] if plan.run else []
        self._outside = {*self.reach([*start, *self._called(plan.tree)])}

    def reach(self, start: Iterable[Function]) -> list[Function]:
        """These functions and the own functions that they call, directly or not."""
        waiting = list(start)
        found: dict[Function, None] = {}
        while waiting:
            function = waiting.pop()
            if function not in found:
                found[function] = None
                waiting += self._called(function)
        return list(found)

    def outside(self, node: ast.AST) -> bool:
        """Does the run itself, not a step, get to this node?"""
        function = self._home(node)
        return function is None or function in self._outside

    def undoes(self, node: ast.AST) -> bool:
        """Does the node stand in a function for a rollback?"""
        return self._plan.function_around(node) in self.asides

    def body_argument(self, call: ast.Call) -> ast.expr | None:
        """What a `step.do` is given to run."""
        named = [keyword.value for keyword in call.keywords if keyword.arg == "call"]
        return next(iter([*call.args[1:2], *named]), None)

    def _bodies(self) -> Iterator[Function]:
        for call in self._plan.calls:
            given = self.body_argument(call) if self._plan.verb(call) == "do" else None
            yield from self._plan.functions(given)
            if isinstance(given, ast.Call):
                yield from self._too_early(given)
            if isinstance(call.func, ast.Call) and self._plan.verb(call.func) == "do" and call.args:
                yield from self._plan.functions(call.args[0])
        yield from (node for node in self._plan.definitions if self._plan.step_decorator(node))

    def _asides(self) -> Iterator[Function]:
        for call in self._plan.calls:
            for keyword in call.keywords if self._plan.verb(call) == "do" else ():
                if keyword.arg == "rollback":
                    yield from self._plan.functions(keyword.value)
                elif keyword.arg == "retries":
                    for table in self._plan.constants.leaves(keyword.value):
                        yield from self._delays(table)

    def _delays(self, table: ast.expr) -> Iterator[Function]:
        pairs = zip(table.keys, table.values, strict=True) if isinstance(table, ast.Dict) else ()
        for key, value in pairs:
            if isinstance(key, ast.Constant) and key.value == "delay":
                yield from self._plan.functions(value)

    def _called(self, function: Function | ast.Module) -> list[Function]:
        """The own functions that are called here; a function with `@step.do` is run by its step."""
        if function not in self._calls:
            self._calls[function] = self._find_called(function)
        return self._calls[function]

    def _find_called(self, function: Function | ast.Module) -> list[Function]:
        called = [node for node in self._nodes(function) if isinstance(node, ast.Call) and not self._is_work(node)]
        named = [node.func for node in called] + [given for node in called for given in self._mapped(node)]
        found = [found for name in named for found in self._plan.functions(name)]
        return [one for one in dict.fromkeys(found) if not self._plan.step_decorator(one)]

    def _mapped(self, call: ast.Call) -> list[ast.expr]:
        """The function that `map` or `step.map` calls."""
        if self._plan.verb(call) != "map" and not (isinstance(call.func, ast.Name) and call.func.id == "map"):
            return []
        return [*call.args[:1], *(keyword.value for keyword in call.keywords if keyword.arg == "function")]

    def _too_early(self, call: ast.Call) -> list[Function]:
        """The async functions of `step.do("a", load())`, which was meant to be `step.do("a", load)`."""
        return [one for one in self._plan.functions(call.func) if isinstance(one, ast.AsyncFunctionDef)]

    def _is_work(self, call: ast.Call) -> bool:
        parent = self._plan.scopes.parent(call)
        done = isinstance(parent, ast.Call) and self._plan.verb(parent) == "do" and self.body_argument(parent) is call
        return done and bool(self._too_early(call))

    def _nodes(self, function: Function | ast.Module) -> Iterator[ast.AST]:
        """A function's own nodes, with those of the lambdas in it that no step runs."""
        waiting = [own_nodes(function)] if not isinstance(function, ast.Module) else [_outermost(function)]
        for nodes in waiting:
            for node in nodes:
                yield node
                if isinstance(node, ast.Lambda) and node not in self.bodies and node not in self.asides:
                    waiting.append(own_nodes(node))

    def _home(self, node: ast.AST) -> Function | None:
        function = self._plan.function_around(node)
        while isinstance(function, ast.Lambda) and function not in self.bodies and function not in self.asides:
            function = self._plan.function_around(function)
        return function


def _outermost(tree: ast.Module) -> list[ast.AST]:
    """The nodes that run when the module is loaded."""
    found: list[ast.AST] = [*tree.body]
    for node in found:
        if isinstance(node, ast.ClassDef) or not isinstance(node, (*DEFINITIONS, ast.Lambda)):
            found += children(node)
    return found
