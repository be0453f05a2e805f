"""Rule for the body of a step: it has at most one effect on each way through, since a retry repeats all of it."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import NamedTuple

from ..guest.trees import children
from .findings import Report
from .plan import Plan
from .roles import Roles
from .scopes import Function

Way = tuple[ast.AST, ...]
"""The effects met on one way through some statements, in order."""


class Ways(NamedTuple):
    """The longest way to the next statement, out of the function, out of the loop; None where there is no such way."""

    on: Way | None = ()
    out: Way | None = None
    broken: Way | None = None


def one_effect(plan: Plan, roles: Roles, report: Report) -> None:
    """AF404: two calls of `once` tools in one step's function, or one of them in a loop."""
    counter = _Counter(plan)
    for body in roles.bodies:
        found = counter.function(body)
        if len(found) > 1:
            first, second = found[0], found[1]
            name = (plan.tool_names(second) or ["a tool"])[0]
            where = "is called in a loop" if first is second else "is a second effect"
            report.error(
                "AF404", second, f"{name} {where} in one step's function: a retry would repeat what was done before",
                f'give each effect a step of its own: await step.do("a name", tools.{name}(...))',
            )  # fmt: skip


class _Counter:
    """Follows the ways through a step's function and the functions that it calls."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._known: dict[Function, Way] = {}

    def function(self, function: Function) -> Way:
        """The longest way through a function."""
        if function not in self._known:
            self._known[function] = ()  # what a function that calls itself adds is not followed
            if isinstance(function, ast.Lambda):
                way = self._expression(function.body)
            else:
                ways = self._block(function.body)
                way = _longest(ways.on, ways.out) or ()
            self._known[function] = way[:2]
        return self._known[function]

    def _block(self, statements: Iterable[ast.stmt]) -> Ways:
        before = Ways()
        for statement in statements:
            before = _after(before, self._statement(statement))
        return before

    def _statement(self, node: ast.stmt) -> Ways:
        match node:
            case ast.If(test=test, body=body, orelse=orelse):
                return _after(Ways(self._expression(test)), _either(self._block(body), self._block(orelse)))
            case ast.For() | ast.While():
                return self._loop(node)
            case ast.Try():
                return self._try(node)
            case ast.Match(subject=subject, cases=cases):
                choices = [self._block(case.body) for case in cases]
                return _after(Ways(self._expression(subject)), _either(Ways(), *choices))
            case ast.Return() | ast.Raise():
                return Ways(None, self._expressions(children(node)))
            case ast.Break():
                return Ways(None, None, ())
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                return Ways()
        return Ways(self._expression(node))

    def _loop(self, node: ast.For | ast.While) -> Ways:
        head = self._expression(node.test if isinstance(node, ast.While) else node.iter)
        once = self._block(node.body)
        rounds = (once.on or ()) * 2
        ways = Ways(_longest(rounds, once.broken), None if once.out is None else _longest(once.out, rounds))
        return _after(_after(Ways(head), ways), self._block(node.orelse))

    def _try(self, node: ast.Try) -> Ways:
        """What failed in the `try` had no effect: a handler is another way, not a longer one."""
        tried = _after(self._block(node.body), self._block(node.orelse))
        handled = [self._block(handler.body) for handler in node.handlers]
        return _after(_either(tried, *handled), self._block(node.finalbody))

    def _expressions(self, nodes: Iterable[ast.AST]) -> Way:
        way: Way = ()
        for node in nodes:
            way = (way + self._expression(node))[:2]
        return way

    def _expression(self, node: ast.AST) -> Way:
        match node:
            case ast.IfExp(test=test, body=first, orelse=second):
                choice = _longest(self._expression(first), self._expression(second))
                return self._expression(test) + (choice or ())
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                loop, *loops = node.generators
                each = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
                return self._expression(loop.iter) + self._expressions([*loop.ifs, *loops, *each]) * 2
            case ast.Continue() | ast.Lambda():
                return ()
        within = self._expressions(children(node))
        return within + (self._call(node) if isinstance(node, ast.Call) else ())

    def _call(self, call: ast.Call) -> Way:
        names = self._plan.tool_names(call)
        if names is not None:
            known = self._plan.tools or {}
            return (
                (call,) if any(name in known and known[name].get("effect", "once") == "once" for name in names) else ()
            )
        ways = [self.function(called) for called in self._plan.functions(call.func)]
        return max(ways, key=len, default=())


def _after(first: Ways, then: Ways) -> Ways:
    if first.on is None:
        return first
    on, out, broken = (None if way is None else (first.on + way)[:2] for way in then)
    return Ways(on, _longest(first.out, out), _longest(first.broken, broken))


def _either(*choices: Ways) -> Ways:
    first, *others = choices
    for other in others:
        first = Ways(*(_longest(one, two) for one, two in zip(first, other, strict=True)))
    return first


def _longest(one: Way | None, other: Way | None) -> Way | None:
    found = [way for way in (one, other) if way is not None]
    return max(found, key=len, default=None)
