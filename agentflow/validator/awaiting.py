"""Rules for what must be awaited: every step starts somewhere, and every tool call is run by a step."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Literal

from .findings import Report
from .plan import Plan, returned, yields
from .roles import Roles
from .scopes import Binding, Function, Scope

Kind = Literal["step", "call"]
"""An awaitable of the run; a tool call, which a step runs or a step's function awaits."""
Fate = Literal["dropped", "awaited", "used", "returned", "kept"]

_AWAITED = frozenset({
    "do", "sleep", "sleep_until", "wait_for_event", "wait_for_approval", "ask", "map", "race", "delegate", "rollback",
    "continue_as_new", "progress",
})  # fmt: skip
_READERS = frozenset({"len", "str", "int", "float", "sum", "sorted", "dict", "set", "min", "max", "repr", "json.dumps"})


def awaitables(plan: Plan, roles: Roles, report: Report) -> None:
    """AF301 and AF302: what is built is awaited, by the one who may."""
    check = _Check(plan, roles, report)
    for call in plan.calls:
        check.built(call)
    for scope, name, bindings in _assigned(plan):
        check.named(scope, name, bindings)


class _Check:
    def __init__(self, plan: Plan, roles: Roles, report: Report) -> None:
        self._plan = plan
        self._roles = roles
        self._report = report
        self._results: dict[tuple[Function, int], Kind | None] = {}

    def built(self, call: ast.Call) -> None:
        """What becomes of an awaitable or tool call where it is built."""
        if self._plan.verb(call) == "timeout" and not isinstance(self._plan.scopes.parent(call), ast.withitem):
            advice = f"write async with {ast.unparse(call):.100}: and the steps in its block"
            self._report.error("AF302", call, "step.timeout(...) is a block that nothing enters", advice)
        kind = self._kind(call)
        if kind is None or self._plan.function_around(call) is None:
            return
        fate = self._fate(call, kind)
        if kind == "call" and self._is_awaited_by_run(call, fate):
            self._awaited_by_run(call, call)
        elif fate in ("dropped", "used", "returned"):
            self._lost(call, call, kind, fate)

    def named(self, scope: Scope, name: str, bindings: list[Binding]) -> None:
        """What becomes of one that is kept in a name."""
        if isinstance(scope.node, ast.Module):
            return
        values = [binding.value for binding in bindings if binding.value is not None]
        kinds = {self._kind(value) for value in values}
        reads = scope.reads.get(name, [])
        if len(values) < len(bindings) or not values:
            return
        if kinds in ({"step"}, {"call"}):
            kind: Kind = "step" if kinds == {"step"} else "call"
            fates = [self._fate(read, kind) for read in reads]
            if "used" in fates or all(fate in ("dropped", "returned") for fate in fates):
                self._lost(bindings[0].node, values[0], kind, "used" if fates else "dropped")
            for read, fate in zip(reads, fates, strict=True):
                if kind == "call" and self._is_awaited_by_run(read, fate):
                    self._awaited_by_run(read, values[0])
        elif elements := [element for value in values for element in _elements(value)]:
            listed = {self._kind(element) for element in elements}
            if listed in ({"step"}, {"call"}) and all(self._fate(read, "step") == "returned" for read in reads):
                self._lost(
                    bindings[0].node,
                    elements[0],
                    "step" if listed == {"step"} else "call",
                    "used" if reads else "dropped",
                )

    def _kind(self, node: ast.expr, depth: int = 4) -> Kind | None:
        if not isinstance(node, ast.Call) or not depth:
            return None
        if self._plan.tool_names(node) is not None:
            return "call"
        verb = self._plan.verb(node)
        if verb == "do" and self._roles.body_argument(node) is None:
            return None
        if verb in _AWAITED or self._plan.is_gather(node):
            return "step"
        kinds = {self._result(function, depth - 1) for function in self._plan.functions(node.func)}
        return kinds.pop() if len(kinds) == 1 else None

    def _result(self, function: Function, depth: int) -> Kind | None:
        """What calling one of the plan's own functions gives."""
        if yields(function):
            return None
        if isinstance(function, ast.AsyncFunctionDef) or self._plan.step_decorator(function):
            return "step"
        if (function, depth) not in self._results:
            kinds = {self._kind(value, depth) for value in returned(function)}
            self._results[function, depth] = kinds.pop() if len(kinds) == 1 else None
        return self._results[function, depth]

    def _fate(self, node: ast.expr, kind: Kind) -> Fate:
        parent = self._plan.scopes.parent(node)
        match parent:
            case ast.Expr():
                return "dropped"
            case ast.Await():
                return "awaited"
            case ast.Subscript(value=value) if value is node:
                return "used"
            case ast.BinOp() | ast.For() | ast.comprehension():
                return "used"
            case ast.Attribute(attr=name):
                return "kept" if kind == "call" and name in ("tool", "args") else "used"
            case ast.Return() | ast.Dict() | ast.List() | ast.Tuple():
                return self._returned(node, kind)
        return "used" if kind == "step" and self._is_read(node, parent) else "kept"

    def _is_read(self, node: ast.expr, parent: ast.AST | None) -> bool:
        """Is something asked of the value that an awaitable cannot answer?"""
        match parent:
            case ast.If() | ast.While() | ast.UnaryOp() | ast.FormattedValue():
                return True
            case ast.IfExp(test=test):
                return test is node
            case ast.Compare(ops=signs):
                return not all(isinstance(sign, ast.Is | ast.IsNot) for sign in signs)
            case ast.Call(func=ast.Name() as function) if not self._plan.scopes.bindings(function):
                return function.id in _READERS
            case ast.Call(func=function):
                return self._plan.origin(function) in _READERS
        return False

    def _returned(self, node: ast.expr, kind: Kind) -> Fate:
        """Is it part of what `run` returns, or a tool call that an async step's function returns unawaited?"""
        above: ast.AST | None = self._plan.scopes.parent(node)
        direct = isinstance(above, ast.Return)
        while isinstance(above, ast.Dict | ast.List | ast.Tuple):
            above = self._plan.scopes.parent(above)
        if not isinstance(above, ast.Return):
            return "kept"
        function = self._plan.function_around(above)
        body = (
            kind == "call" and direct and isinstance(function, ast.AsyncFunctionDef) and function in self._roles.bodies
        )
        return "returned" if function is self._plan.run or body else "kept"

    def _is_awaited_by_run(self, node: ast.expr, fate: Fate) -> bool:
        """Awaited directly or through a gather, where no step runs."""
        return self._roles.outside(node) and (fate == "awaited" or self._is_gathered(node))

    def _is_gathered(self, node: ast.expr) -> bool:
        above: ast.AST | None = self._plan.scopes.parent(node)
        while isinstance(above, ast.ListComp | ast.GeneratorExp | ast.List | ast.Starred | ast.keyword):
            above = self._plan.scopes.parent(above)
        return above is not None and (self._plan.is_gather(above) or self._plan.verb(above) == "race")

    def _awaited_by_run(self, node: ast.expr, value: ast.expr) -> None:
        shown = self._shown(value)
        self._report.error(
            "AF301", node, f"{shown} is awaited outside of a step, where no step runs it",
            f'write await step.do("a name", {shown})',
        )  # fmt: skip

    def _lost(self, node: ast.AST, value: ast.expr, kind: Kind, fate: Fate) -> None:
        shown = self._shown(value)
        if kind == "step":
            problem = "is used as if it were its result" if fate in ("used", "returned") else "never starts"
            self._report.error("AF302", node, f"{shown} is not awaited: it {problem}", f"write await {shown}")
        elif self._roles.undoes(value):
            advice = f"write return {shown}: the rollback is a step of its own, which runs it"
            self._report.error("AF301", node, f"{shown} is only built: the rollback does not return it", advice)
        elif self._roles.outside(value):
            advice = f'write await step.do("a name", {shown})'
            self._report.error("AF301", node, f"{shown} is only built: no step runs it", advice)
        else:
            self._report.error("AF301", node, f"{shown} is only built: it is not awaited", f"write await {shown}")

    def _shown(self, value: ast.expr) -> str:
        names = self._plan.tool_names(value)
        name = ast.unparse(value.func) if isinstance(value, ast.Call) else ast.unparse(value)
        return f"tools.{names[0]}(...)" if names else f"{name}(...)"


def _assigned(plan: Plan) -> Iterator[tuple[Scope, str, list[Binding]]]:
    """Names that are given values by plain assignment only."""
    scopes = dict.fromkeys(plan.scopes.of(node) for node in plan.nodes)
    for scope in scopes:
        for name, bindings in scope.bindings.items():
            if all(binding.kind == "value" for binding in bindings) and not isinstance(scope.node, ast.ClassDef):
                yield scope, name, bindings


def _elements(node: ast.expr) -> list[ast.expr]:
    match node:
        case ast.ListComp(elt=element):
            return [element]
        case ast.List(elts=elements):
            return elements
    return []
