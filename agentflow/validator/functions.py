"""Rules for a step's function: it leaves the run's own state alone, and waits for nothing but its tools."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from ..guest.trees import walk
from .findings import Report
from .plan import TOOLS, Plan
from .roles import Roles
from .scopes import DEFINITIONS, Binding, Function, Scope

CHANGERS = frozenset({
    "add", "append", "appendleft", "clear", "difference_update", "discard", "extend", "extendleft", "insert",
    "intersection_update", "pop", "popitem", "popleft", "remove", "reverse", "rotate", "setdefault", "sort",
    "subtract", "symmetric_difference_update", "update", "writerow", "writerows", "write",
})  # fmt: skip
"""Methods that change their object."""


def captured_changes(plan: Plan, roles: Roles, report: Report) -> None:
    """AF401: a function that a step is given works on a copy of what it captures, so changing that is lost."""
    for body in (*roles.bodies, *roles.asides):
        for function in roles.reach([body]):
            said: set[str] = set()
            for node, name in _changes(plan, function, body):
                if name not in said:
                    said.add(name)
                    report.error(
                        "AF401", node, f"{name!r} belongs to the run: a step's function changes only a copy of it",
                        "return the value from the function, and change the run's own state after `await step.do(...)`",
                    )  # fmt: skip


def step_in_function(plan: Plan, roles: Roles, report: Report) -> None:
    """AF402: a function that a step is given is one unit: no step can start in it."""
    steppers = _Steppers(plan, roles)
    for body in (*roles.bodies, *roles.asides):
        inside = [*_inside(body)]
        found = next((node for node in inside if _uses_step(plan, node)), None)
        calls = [node for node in inside if isinstance(node, ast.Call)]
        found = found or next((call for call in calls if steppers.called(call, body)), None)
        if found is not None and body in roles.asides:
            report.error(
                "AF402", found, "`step` is used in the function of a rollback or a delay, which cannot wait",
                "return the tool call itself: rollback=lambda result: tools.namespace.name(...)",
            )  # fmt: skip
        elif found is not None:
            report.error(
                "AF402", found, "`step` is used in a step's function, which is one step already",
                "await tool calls there directly, or make it an async function of the plan and await it from `run`",
            )  # fmt: skip


def people_in_function(plan: Plan, roles: Roles, report: Report) -> None:
    """AF403, AF405: a tool that needs a person is called by a step of its own."""
    for body in roles.bodies:
        for node in (node for function in roles.reach([body]) for node in _inside(function)):
            for name in plan.tool_names(node) or ():
                policy = (plan.tools or {}).get(name, {}).get("approval", "never")
                advice = f'give it a step of its own: await step.do("a name", tools.{name}(...))'
                if policy == "always":
                    report.error(
                        "AF403",
                        node,
                        f"{name} needs a person's approval, which a step's function cannot wait for",
                        advice,
                    )
                elif policy == "predicate":
                    report.warning(
                        "AF405", node, f"{name} may need a person's approval: then this step's function fails", advice
                    )


def _inside(function: Function) -> Iterator[ast.AST]:
    """All nodes of a function's body, those of functions in it included."""
    for statement in [function.body] if isinstance(function, ast.Lambda) else function.body:
        yield from walk(statement)


def _uses_step(plan: Plan, node: ast.AST) -> bool:
    return isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load) and plan.is_step(node)


class _Steppers:
    """The functions that use a `step` which they captured, or call one that does."""

    def __init__(self, plan: Plan, roles: Roles) -> None:
        self._plan = plan
        self._roles = roles
        self._known: dict[Function, bool] = {}

    def called(self, call: ast.Call, body: Function) -> bool:
        """Does the call lead to one of them that stands outside of the step's function?"""
        called = [one for one in self._plan.functions(call.func) if not self._plan.step_decorator(one)]
        return any(self._is_one(one) for one in called if not self._plan.scopes.of(one).within(body))

    def _is_one(self, function: Function) -> bool:
        if function not in self._known:
            nodes = (node for reached in self._roles.reach([function]) for node in _inside(reached))
            self._known[function] = any(_uses_step(self._plan, node) for node in nodes)
        return self._known[function]


def _changes(plan: Plan, function: Function, body: Function) -> Iterator[tuple[ast.AST, str]]:
    known = {member.name for home in plan.classes for member in home.body if isinstance(member, DEFINITIONS)}
    homes = _Homes(plan, function, body)
    for node in sorted(_inside(function), key=_position):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) if homes.borrows(node):
                yield node, name
            case ast.Attribute(value=base, ctx=ast.Store() | ast.Del()):
                yield from homes.captured(node, base)
            case ast.Subscript(value=base, ctx=ast.Store() | ast.Del()):
                yield from homes.captured(node, base)
            case ast.Call(func=ast.Attribute(value=base, attr=name)) if name in CHANGERS - known:
                if isinstance(plan.scopes.parent(node), ast.Await):
                    continue
                yield from homes.captured(node, base)


@dataclass(frozen=True, slots=True)
class _Homes:
    """Where the names of a function live that a step's function reaches: in one of the two, or in the run."""

    plan: Plan
    function: Function
    body: Function

    def captured(self, node: ast.AST, base: ast.expr) -> Iterator[tuple[ast.AST, str]]:
        """The change, if what it changes belongs to the run."""
        root = _root(base)
        if isinstance(root, ast.Name) and self._of_run(root, depth=4):
            yield node, f"self.{_field(node, base)}" if self.plan.is_self(root) else root.id

    def borrows(self, name: ast.Name) -> bool:
        """Is the name assigned here that of a function outside: by `nonlocal`, or by `+=` without it?"""
        owner = self.plan.scopes.of(name).owner(name.id)
        if owner is None or not self._local(owner):
            return owner is not None
        updated = all(binding.kind == "update" for binding in owner.bindings[name.id])
        beyond = owner.parent.owner(name.id) if owner.parent else None
        return updated and beyond is not None and not self._local(beyond)

    def _of_run(self, name: ast.Name, depth: int) -> bool:
        owner = self.plan.scopes.of(name).owner(name.id)
        if owner is None or (self.plan.origin(name) or "").startswith(TOOLS):
            return False
        bindings = owner.bindings[name.id]
        if self._local(owner):
            return depth > 0 and len(bindings) == 1 and self._taken(name, bindings[0], depth - 1)
        return all(binding.kind not in ("import", "function") for binding in bindings)

    def _taken(self, name: ast.Name, binding: Binding, depth: int) -> bool:
        """Is it `self`, or a part of what belongs to the run?"""
        if binding.kind == "parameter":
            method = self.plan.scopes.parent(binding.node)
            home = self.plan.method_of(method) if method is not None else None
            return self.plan.is_self(name) and (method is self.body or home in self.plan.workflows)
        root = _root(binding.value) if isinstance(binding.value, ast.Attribute | ast.Subscript | ast.Name) else None
        return isinstance(root, ast.Name) and self._of_run(root, depth)

    def _local(self, owner: Scope) -> bool:
        return owner.within(self.function) or owner.within(self.body)


def _field(node: ast.AST, base: ast.expr) -> str:
    """The attribute of `self` that a change touches."""
    while isinstance(base, ast.Attribute | ast.Subscript):
        node, base = base, base.value
    return node.attr if isinstance(node, ast.Attribute) else ast.unparse(node)


def _root(node: ast.expr) -> ast.expr:
    """The name at the start of `order["lines"][0].tags`."""
    match node:
        case ast.Attribute(value=value) | ast.Subscript(value=value):
            return _root(value)
        case ast.Call(func=ast.Attribute(value=value, attr="get" | "setdefault")):
            return _root(value)
    return node


def _position(node: ast.AST) -> tuple[int, int]:
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)
