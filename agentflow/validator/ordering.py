"""Rules for what differs from one process to the next: the order of a set, and where an object lies in memory.

The hash seed of a guest is fixed, so sets of strings and numbers have the same order on every replay, and nothing is
said of them. A set that holds None (up to Python 3.11), functions or other objects is ordered by their addresses: an
error where that is certain (AF801), a warning where the elements cannot be known (AF802), and only where the order
can be seen.
"""

from __future__ import annotations

import ast

from ..guest.trees import walk
from .findings import Report
from .plan import Plan, yields
from .scopes import Function
from .sets import Sets, is_source

_BLIND = frozenset({"sorted", "set", "frozenset", "len", "sum", "min", "max", "any", "all", "Counter", "fsum"})
"""Functions that do not mind the order of what they are given."""
_SEEING = frozenset({"list", "tuple", "enumerate", "iter", "reversed", "zip", "map", "filter", "str", "repr", "deque"})
_KEEPING = frozenset({"append", "extend", "insert", "write", "appendleft", "writerow"})
_ADVICE = "write sorted(...) around it"


def set_order(plan: Plan, report: Report) -> None:
    """AF801, AF802: the order of a set is seen by a step, a list or a text."""
    sets = Sets(plan)
    if not any(map(is_source, plan.of(ast.Set, ast.SetComp, ast.Name, ast.Attribute))):
        return
    sight = _Sight(plan)
    for node in plan.nodes:
        if not isinstance(node, ast.expr) or isinstance(node, ast.Constant) or not sight.sees(node):
            continue
        order = sets.order(node)
        shown = f"{ast.unparse(node):.60}"
        if order == "address":
            problem = f"the order of the set {shown} differs in each process: None and functions are ordered by address"
            report.error("AF801", node, problem, "make it a list, or leave such elements out and write sorted(...)")
        elif order == "unknown":
            problem = f"the order of the set {shown} is arbitrary, and not the same on replay if it holds None"
            report.warning("AF802", node, problem, _ADVICE)


def addresses(plan: Plan, report: Report) -> None:
    """AF803: a function or a generator in a text shows where it lies in memory."""
    for node in plan.of(ast.FormattedValue, ast.Call):
        match node:
            case ast.FormattedValue(value=value):
                shown = value
            case ast.Call(func=ast.Name(id="str" | "repr") as name, args=[value]) if not plan.scopes.bindings(name):
                shown = value
            case _:
                continue
        if what := _addressed(plan, shown):
            text = f"{ast.unparse(shown):.60}"
            problem = f"{text} is {what}: its text is an address, which differs in each process"
            report.error("AF803", shown, problem, _instead(shown, what))


def _addressed(plan: Plan, node: ast.expr) -> str | None:
    """What an expression is whose text is an address."""
    match node:
        case ast.Lambda():
            return "a function"
        case ast.GeneratorExp():
            return "a generator"
        case ast.Name() | ast.Attribute() if _is_function(plan, node):
            return "a function"
        case ast.Call(func=func) if len(found := plan.functions(func)) == 1 and not plan.step_decorator(found[0]):
            if isinstance(found[0], ast.AsyncFunctionDef):
                return "a coroutine that is not awaited"
            return "a generator" if yields(found[0]) else None
    return None


def _is_function(plan: Plan, node: ast.Name | ast.Attribute) -> bool:
    if isinstance(node, ast.Name):
        return [binding.kind for binding in plan.scopes.bindings(node)] == ["function"]
    return isinstance(node.value, ast.Name) and plan.is_self(node.value) and bool(plan.functions(node))


def _instead(node: ast.expr, what: str) -> str:
    if what == "a generator":
        return "make it a list: [... for ... in ...], or join it: ', '.join(...)"
    return f"call it: {ast.unparse(node):.60}()" if what == "a function" else f"write await {ast.unparse(node):.60}"


class _Sight:
    """Where the order of an expression is seen."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._counted: dict[ast.AST, set[str]] = {}

    def sees(self, node: ast.expr) -> bool:
        """Does what stands around the expression see its elements one after the other?"""
        parent = self._plan.scopes.parent(node)
        match parent:
            case ast.For(iter=row) if row is node:
                return self._told(parent)
            case ast.comprehension(iter=row) if row is node:
                return self._gathered(self._plan.scopes.parent(parent))
            case ast.Starred() | ast.FormattedValue():
                return not self._is_blind(self._plan.scopes.parent(parent))
            case ast.Call(func=func, args=given) if node in given:
                return self._called(parent, func, given)
            case ast.Attribute(value=owner, attr="pop") if owner is node:
                return not self._is_single(node)
        return False

    def _called(self, call: ast.Call, func: ast.expr, given: list[ast.expr]) -> bool:
        if isinstance(func, ast.Attribute):
            return func.attr in ("join", "extend", "map") and not self._is_blind(self._plan.scopes.parent(call))
        name = func.id if isinstance(func, ast.Name) and not self._plan.scopes.bindings(func) else ""
        return name in _SEEING and not self._ends_blind(call) and not self._is_single(given[-1])

    def _gathered(self, node: ast.AST | None) -> bool:
        """A comprehension over it."""
        if isinstance(node, ast.ListComp | ast.GeneratorExp):
            return any(isinstance(one, ast.Await) for one in walk(node)) or not self._ends_blind(node)
        return isinstance(node, ast.DictComp | ast.SetComp) and any(isinstance(one, ast.Await) for one in walk(node))

    def _told(self, loop: ast.For) -> bool:
        """A loop over it that does something in order."""
        nodes = [node for statement in loop.body for node in walk(statement)]
        kept = {node.attr for node in nodes if isinstance(node, ast.Attribute)} & _KEEPING
        ordered = ast.Await | ast.Yield | ast.Break | ast.Return
        return any(isinstance(node, ordered) for node in nodes) or (bool(kept) and not self._sorted_later(nodes))

    def _sorted_later(self, nodes: list[ast.AST]) -> bool:
        kept = [one.value for one in nodes if isinstance(one, ast.Attribute) and one.attr in _KEEPING]
        return all(isinstance(one, ast.Name) and self._is_sorted(one) for one in kept)

    def _ends_blind(self, node: ast.expr) -> bool:
        """Does what is made from it go where order does not matter?"""
        parent = self._plan.scopes.parent(node)
        if isinstance(parent, ast.Assign) and isinstance(parent.targets[0], ast.Name):
            return self._is_sorted(parent.targets[0])
        if isinstance(parent, ast.Compare):
            return isinstance(parent.ops[0], ast.In | ast.NotIn)
        return self._is_blind(parent)

    def _is_sorted(self, name: ast.Name) -> bool:
        owner = self._plan.scopes.of(name).owner(name.id)
        reads = owner.reads.get(name.id, []) if owner else []
        around = [self._plan.scopes.parent(read) for read in reads]
        above = [one for one in around if not (isinstance(one, ast.Attribute) and one.attr in _KEEPING)]
        return any(isinstance(one, ast.Attribute) and one.attr == "sort" for one in above) or (
            bool(above) and all(self._is_blind(one) for one in above)
        )

    def _is_blind(self, node: ast.AST | None) -> bool:
        if isinstance(node, ast.Set | ast.SetComp):
            return True
        func = node.func if isinstance(node, ast.Call) else None
        name = func.id if isinstance(func, ast.Name) else func.attr if isinstance(func, ast.Attribute) else ""
        return name in _BLIND

    def _is_single(self, node: ast.expr) -> bool:
        """Is its length looked at in the same function, as in `if len(found) == 1: return found.pop()`?"""
        home: Function | ast.Module = self._plan.function_around(node) or self._plan.tree
        if home not in self._counted:
            self._counted[home] = {name for one in walk(home) for name in _counts(one)}
        return isinstance(node, ast.Name) and node.id in self._counted[home]


def _counts(node: ast.AST) -> list[str]:
    """The name whose length is asked for."""
    match node:
        case ast.Call(func=ast.Name(id="len"), args=[ast.Name(id=name)]):
            return [name]
    return []
