"""The graph of a plan: what it does, in which order, read from its source without running it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

from .awaited import Awaited
from .nodes import Node, node, text
from .plan import Plan
from .roles import Roles


def draw(plan: Plan, roles: Roles) -> dict[str, Any] | None:
    """The graph of a plan's `run`; None where it has none, or one that is nested too deeply to be drawn."""
    if plan.run is None:
        return None
    graph = Graph(plan, roles)
    try:
        nodes = graph.body(plan.run)
    except RecursionError:
        return None
    return {"nodes": nodes, "cut": graph.cut}


class Graph(Awaited):
    """Reads the statements of `run` and of the helpers that it calls."""

    def __init__(self, plan: Plan, roles: Roles) -> None:
        super().__init__(plan, roles)
        self._statements: dict[type[ast.AST], Callable[[Any], list[Node]]] = {
            ast.If: self._if,
            ast.For: self._for,
            ast.While: self._while,
            ast.Match: self._match,
            ast.Try: self._try,
            ast.With: self._with,
            ast.AsyncWith: self._with,
            ast.Return: self._return,
            ast.Raise: self._raise,
            ast.Break: lambda one: self.add(node("break", "leave the loop", one)),
            ast.Continue: lambda one: self.add(node("next", "next round", one)),
        }

    def read(self, one: ast.AST) -> list[Node]:
        """The nodes of a statement or an expression."""
        if one in self.durable and type(one) in self._statements:
            return self._statements[type(one)](one)
        return super().read(one)

    def _if(self, statement: ast.If) -> list[Node]:
        before = self.read(statement.test)
        choices, rest = [(statement.test, statement.body)], statement.orelse
        while len(rest) == 1 and isinstance(rest[0], ast.If) and rest[0].test not in self.durable:
            choices.append((rest[0].test, rest[0].body))
            rest = rest[0].orelse
        name, ways = self.condition(statement.test), [("yes", statement.body), ("no", rest)]
        if len(choices) > 1:
            name, ways = (
                "the first that holds",
                [*((self.verbs.shown(test), body) for test, body in choices), ("else", rest)],
            )
        return [*before, *self.frame(node("branch", name, statement), ways)]

    def _for(self, statement: ast.For) -> list[Node]:
        before = self.read(statement.iter)
        made = node("loop", self.rounds(statement.target, statement.iter), statement, times=self.times(statement.iter))
        return [*before, *self.frame(made, [("each", statement.body)]), *self.block(statement.orelse)]

    def _while(self, statement: ast.While) -> list[Node]:
        endless = isinstance(statement.test, ast.Constant) and bool(statement.test.value)
        name = "again and again" if endless else text(f"while {self.verbs.shown(statement.test)}")
        loop = self.frame(node("loop", name, statement), [("each", [statement.test, *statement.body])])
        return [*loop, *self.block(statement.orelse)]

    def _match(self, statement: ast.Match) -> list[Node]:
        before = self.read(statement.subject)
        made = node("branch", text(f"depending on {self.verbs.shown(statement.subject)}"), statement)
        ways: list[tuple[str, list[ast.stmt]]] = [(self._case(case), case.body) for case in statement.cases]
        if ways[-1][0] != "else":
            ways.append(("else", []))
        return [*before, *self.frame(made, ways)]

    def _case(self, case: ast.match_case) -> str:
        """What a case is for."""
        guard = f"if {self.verbs.shown(case.guard)}" if case.guard else ""
        if isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None:
            return guard or "else"
        return text(f"{self.verbs.shown(case.pattern)} {guard}")

    def _try(self, statement: ast.Try) -> list[Node]:
        tried: Sequence[ast.stmt] = [*statement.body, *statement.orelse]
        if not any(one in self.durable for one in (*tried, *statement.handlers)):
            return self.block(statement.finalbody)
        ways = [("", tried), *((self._error(handler), handler.body) for handler in statement.handlers)]
        if any(one in self.durable for one in statement.finalbody):
            ways.append(("finally", statement.finalbody))
        return self.frame(node("try", "try", statement), ways)

    def _error(self, handler: ast.ExceptHandler) -> str:
        return "error" if handler.type is None else text(f"error {self.verbs.shown(handler.type)}")

    def _with(self, statement: ast.With | ast.AsyncWith) -> list[Node]:
        calls = [item.context_expr for item in statement.items]
        limits = [one for one in calls if isinstance(one, ast.Call) and self.plan.verb(one) == "timeout"]
        if not limits:
            return [*self.block(calls), *self.block(statement.body)]
        given = next(iter([*limits[0].args, *(keyword.value for keyword in limits[0].keywords)]), None)
        known = None if given is None else self.verbs.length(given)
        detail = self.verbs.shown(given) if given is not None and known is None else ""
        return self.frame(node("timeout", "at most", statement, seconds=known, detail=detail), [("", statement.body)])

    def _return(self, statement: ast.Return) -> list[Node]:
        before = [] if statement.value is None else self.read(statement.value)
        return [*before, *self.add(node("return", self.leaving(), statement))]

    def _raise(self, statement: ast.Raise) -> list[Node]:
        before = [] if statement.exc is None else self.read(statement.exc)
        raised = statement.exc.func if isinstance(statement.exc, ast.Call) else statement.exc
        name = "raise again" if raised is None else text(f"raise {self.verbs.shown(raised)}")
        return [*before, *self.add(node("raise", name, statement))]
