"""A module with a mark before each of its statements and on each side of its branches."""

from __future__ import annotations

import ast
from collections.abc import Sequence

Marks = list[tuple[int, int, bool]]
"""What each mark stands for: that the way went from this line to that one, or, if so, to another than that one."""
REACHED = -1
"""From nowhere in particular."""
SEEN = "_seen_"
Branch = ast.If | ast.For | ast.AsyncFor | ast.While
Scope = ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def marked(tree: ast.Module) -> tuple[ast.Module, Marks]:
    """The tree, which is changed, and its marks by their numbers; a mark sets the item of its number to 1."""
    marking = _Marking()
    marking.scope(tree)
    first = _fixed(tree)
    tree.body[first:first] = ast.parse(f"{SEEN} = __loader__.seen").body
    return tree, marking.marks


class _Marking:
    def __init__(self) -> None:
        self.marks: Marks = []

    def scope(self, node: Scope) -> None:
        """What has to stand first is marked behind it."""
        first = _fixed(node)
        opening, rest = node.body[:first], node.body[first:]
        node.body = [*opening, *(mark for each in opening for mark in self._reached(each)), *self._block(rest)]

    def _block(self, body: Sequence[ast.stmt]) -> list[ast.stmt]:
        done = list[ast.stmt]()
        for statement in body:
            done += self._reached(statement)
            self._inside(statement)
            done.append(statement)
        return done

    def _inside(self, node: ast.stmt) -> None:
        match node:
            case ast.If() | ast.For() | ast.AsyncFor() | ast.While():
                self._branch(node)
            case ast.Match():
                self._cases(node)
            case ast.Try() | ast.TryStar():
                self._tried(node)
            case ast.With() | ast.AsyncWith():
                node.body = self._block(node.body)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                self.scope(node)

    def _branch(self, node: Branch) -> None:
        way = node.lineno, _lines(node.body[0])[0]
        node.body = [self._mark(node, *way), *self._block(node.body)]
        node.orelse = [self._mark(node, *way, elsewhere=True), *self._block(node.orelse)]

    def _cases(self, node: ast.Match) -> None:
        """Who comes to a case has passed those before it."""
        last = node.cases[-1]
        if not _takes_all(last):
            node.cases.append(ast.match_case(ast.copy_location(ast.MatchAs(), last.pattern), None, []))
        ways = [(case.pattern.lineno, _lines(case.body[0])[0]) for case in node.cases if case.body]
        for number, case in enumerate(node.cases):
            passed = [self._mark(node, *way, elsewhere=True) for way in ways[:number]]
            taken = [self._mark(node, *way) for way in ways[number : number + 1]]
            case.body = [*passed, *taken, *self._block(case.body)]

    def _tried(self, node: ast.Try | ast.TryStar) -> None:
        node.body = self._block(node.body)
        for number, handler in enumerate(node.handlers, 1):
            asked = [self._mark(node, REACHED, each.lineno) for each in node.handlers[:number]]
            handler.body = [*asked, *self._block(handler.body)]
        node.orelse = self._block(node.orelse)
        node.finalbody = self._block(node.finalbody)

    def _reached(self, node: ast.stmt) -> list[ast.stmt]:
        return [self._mark(node, REACHED, line) for line in _lines(node)]

    def _mark(self, place: ast.stmt, line: int, target: int, *, elsewhere: bool = False) -> ast.stmt:
        item = ast.Subscript(ast.Name(SEEN, ast.Load()), ast.Constant(len(self.marks)), ast.Store())
        self.marks.append((line, target, elsewhere))
        mark = ast.Assign([item], ast.Constant(1))
        return ast.fix_missing_locations(ast.copy_location(mark, place))


def _fixed(scope: Scope) -> int:
    """How many statements have to stand where they do: a docstring, what comes from the future."""
    number = int(ast.get_docstring(scope, clean=False) is not None)
    while number < len(scope.body) and getattr(scope.body[number], "module", None) == "__future__":
        number += 1
    return number


def _lines(node: ast.stmt) -> list[int]:
    """Where it begins, and before that each of its decorators."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return [*(each.lineno for each in decorators), node.lineno]


def _takes_all(case: ast.match_case) -> bool:
    pattern = case.pattern.patterns[-1] if isinstance(case.pattern, ast.MatchOr) else case.pattern
    return case.guard is None and isinstance(pattern, ast.MatchAs) and pattern.pattern is None
