"""Rules for what is kept: results and arguments are JSON, and what a run changes is not there for the next one."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .findings import Report
from .functions import CHANGERS
from .plan import API, Plan, members, returned
from .roles import Roles
from .scopes import DEFINITIONS, Binding
from .sets import Sets

_STORED = {"payload", "details", "default"}
_MADE = {
    "datetime.timedelta": ("a timedelta", "write its .total_seconds()"),
    "datetime.date": ("a date", "write its .isoformat()"),
    "datetime.date.today": ("a date", "write its .isoformat()"),
    "datetime.date.fromisoformat": ("a date", "write its .isoformat()"),
    "datetime.time": ("a time", "write its .isoformat()"),
    "fractions.Fraction": ("a Fraction", "write float(...) or str(...) around it"),
}
_FAR = frozenset({"nan", "inf", "-inf", "infinity", "-infinity"})
_DEPTH = 6

Fault = tuple[ast.expr, str, str]
"""Where it is, what it is, what to write instead."""


def json_only(plan: Plan, roles: Roles, report: Report) -> None:
    """AF821: what is no JSON is returned, or handed to a tool."""
    judge = _Judge(plan)
    for node, what in _stored(plan, roles):
        for place, problem, advice in judge.faults(node):
            report.error("AF821", place, f"{what} holds {problem}, which is not JSON", advice)


def forgotten_state(plan: Plan, report: Report) -> None:
    """AF804: what is kept in the module or in a class is not there for the next run."""
    classes = {home.name for home in plan.classes}
    for node in plan.of(ast.Attribute, ast.Call):
        match node:
            case ast.Attribute(value=ast.Name(id=owner), ctx=ast.Store()) if owner in classes and _in_function(
                plan, node
            ):
                _forgotten(report, node, f"{owner}.{node.attr}")
            case ast.Call(func=ast.Attribute(value=ast.Name() as name, attr=change)) if change in CHANGERS:
                if _of_module(plan, name) and _in_function(plan, node):
                    _forgotten(report, node, name.id)
                elif _is_default(plan, name):
                    _shared(report, node, name.id)


def _stored(plan: Plan, roles: Roles) -> Iterator[tuple[ast.expr, str]]:
    for node in returned(plan.run) if plan.run else ():
        yield node, "the run's result"
    for body in roles.bodies:
        for node in returned(body):
            if plan.tool_names(node) is None:
                yield node, "the result of a step's function"
    for call in plan.calls:
        names, verb = plan.tool_names(call), plan.verb(call)
        if names is not None:
            tool = names[0] if names else "a tool"
            yield from ((keyword.value, f"{tool}: {keyword.arg}") for keyword in call.keywords if keyword.arg)
        elif verb in ("wait_for_approval", "ask", "delegate", "continue_as_new"):
            yield from ((one.value, f"step.{verb}: {one.arg}") for one in call.keywords if one.arg in _STORED)


class _Judge:
    """Finds what certainly is no JSON."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._sets = Sets(plan)

    def faults(self, node: ast.expr, depth: int = _DEPTH) -> Iterator[Fault]:
        """In an expression and the displays in it."""
        if not depth:
            return
        match node:
            case ast.Dict(keys=keys, values=values):
                yield from (fault for key in keys if key for fault in self._key(key))
                yield from (fault for value in values for fault in self.faults(value, depth - 1))
            case ast.List(elts=parts) | ast.Tuple(elts=parts):
                yield from (fault for part in parts for fault in self.faults(part, depth - 1))
            case ast.IfExp(body=first, orelse=second):
                yield from (*self.faults(first, depth - 1), *self.faults(second, depth - 1))
            case ast.ListComp(elt=element) | ast.DictComp(value=element):
                yield from self.faults(element, depth - 1)
            case _:
                yield from self._leaf(node, depth)

    def _leaf(self, node: ast.expr, depth: int) -> Iterator[Fault]:
        if self._sets.order(node) is not None:
            yield node, "a set", f"write sorted({ast.unparse(node):.60})"
        elif isinstance(node, ast.GeneratorExp):
            yield node, "a generator", "make it a list: [... for ... in ...]"
        elif isinstance(node, ast.Lambda) or self._is_function(node):
            yield node, "a function", "call it, and hand over what it gives"
        elif isinstance(node, ast.Constant) and isinstance(node.value, complex | type(...)):
            yield node, repr(node.value), "write a number, a string, a list or a dict"
        elif isinstance(node, ast.Call):
            yield from self._made(node)
        elif isinstance(node, ast.Name) and (value := self._plan.only_value(node)) and not isinstance(value, ast.Name):
            yield from ((node, problem, advice) for _, problem, advice in self.faults(value, depth - 1))

    def _made(self, call: ast.Call) -> Iterator[Fault]:
        origin = self._plan.origin(call.func) or ""
        if origin in _MADE:
            yield call, *_MADE[origin]
        match call:
            case ast.Call(func=ast.Name(id="float"), args=[ast.Constant(value=str(text))]) if text.lower() in _FAR:
                yield call, f"float({text!r})", "write None, or leave it out"
            case ast.Call(func=ast.Name() as name):
                for home in self._classes(name):
                    yield call, f"an object of class {home.name}", self._fields(home)

    def _classes(self, name: ast.Name) -> list[ast.ClassDef]:
        match self._plan.scopes.bindings(name):
            case [Binding(node=ast.ClassDef() as home)] if home.keywords or members(home, "__new__"):
                return []  # what it gives is anything
            case [Binding(node=ast.ClassDef() as home)] if not home.bases or self._is_data(home):
                return [home]
        return []

    def _is_data(self, home: ast.ClassDef) -> bool:
        names = [one.func if isinstance(one, ast.Call) else one for one in home.decorator_list]
        return any(self._plan.origin(name) == "dataclasses.dataclass" for name in names) and all(
            self._plan.origin(base) != f"{API}.Workflow" and isinstance(base, ast.Name) and not self._plan.origin(base)
            for base in home.bases
        )

    def _fields(self, home: ast.ClassDef) -> str:
        return "write dataclasses.asdict(...) around it" if self._is_data(home) else "make a dict of its fields"

    def _key(self, key: ast.expr) -> Iterator[Fault]:
        if isinstance(key, ast.Constant) and not isinstance(key.value, str):
            yield key, f"the key {key.value!r}", f'write "{key.value!s:.60}"'

    def _is_function(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Name):
            return [binding.kind for binding in self._plan.scopes.bindings(node)] == ["function"]
        return False


def _in_function(plan: Plan, node: ast.AST) -> bool:
    return plan.function_around(node) is not None


def _of_module(plan: Plan, name: ast.Name) -> bool:
    """A list, dict or set that the module keeps."""
    owner = plan.scopes.of(name).owner(name.id)
    value = plan.only_value(name)
    return owner is plan.scopes.module and isinstance(value, ast.List | ast.Dict | ast.Set | ast.Call | ast.ListComp)


def _is_default(plan: Plan, name: ast.Name) -> bool:
    """A parameter whose default is a list, a dict or a set."""
    match plan.scopes.bindings(name):
        case [Binding(kind="parameter", node=ast.arg(arg=given))]:
            function = plan.function_around(name)
            if not isinstance(function, DEFINITIONS):
                return False
            places = [one.arg for one in (*function.args.posonlyargs, *function.args.args)]
            by_place = zip(reversed(places), reversed(function.args.defaults), strict=False)
            by_name = zip([one.arg for one in function.args.kwonlyargs], function.args.kw_defaults, strict=True)
            return isinstance(dict([*by_place, *by_name]).get(given), ast.List | ast.Dict | ast.Set)
    return False


def _forgotten(report: Report, node: ast.AST, name: str) -> None:
    problem = f"{name} is forgotten when the run ends: each run has a module and classes of its own"
    report.warning("AF804", node, problem, "keep it in a name of `run` or in self; what must last goes to a tool")


def _shared(report: Report, node: ast.AST, name: str) -> None:
    problem = f"the default of {name} is one object for all calls, and this changes it"
    report.warning("AF804", node, problem, f"write {name}=None, and make a new one in the function")
