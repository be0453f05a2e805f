"""What `gather`, `map` and `race` are given: awaitables that nobody has awaited yet, a function and items."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .misuse import Misuse, article, is_none, literal
from .plan import STEP, Plan, returned, yields
from .schema import kind_of
from .scopes import Function
from .work import is_data, takes

_EACH = 'write step.map(lambda item: step.do("a name", tools.namespace.name(value=item)), items)'


def side_by_side(plan: Plan, node: ast.expr) -> Iterator[Misuse]:
    """A member of `gather`."""
    value = node
    if isinstance(node, ast.Name):
        value = plan.only_value(node) or node
    if isinstance(value, ast.List | ast.ListComp | ast.Tuple | ast.GeneratorExp | ast.Set):
        yield Misuse(node, "a list is handed over in one piece", f"write a star before it: *{ast.unparse(node):.60}")
    else:
        advice = "hand over awaitables, each by itself: step.gather(first(), *[each(item) for item in items])"
        yield from _member(plan, node, "gather", advice)


def racer(plan: Plan, node: ast.expr) -> Iterator[Misuse]:
    """A member of `race`."""
    value = plan.constants.value(node)
    if kind_of(value) is not None:
        problem = f"race takes steps, not {article(str(kind_of(value)))}"
        yield Misuse(node, problem, 'write step.race(paid=step.wait_for_event("paid", "paid"), late=step.sleep(...))')
    else:
        yield from _member(plan, node, "race", 'call it: step.race(first=first(), late=step.sleep("wait", "1 day"))')


def each(plan: Plan, node: ast.expr) -> Iterator[Misuse]:
    """The function of `map`."""
    value = plan.constants.value(node)
    own = plan.functions(node)
    of_step = (plan.origin(node) or "").startswith(f"{STEP}.")
    if kind_of(value) is not None or plan.tool_reference(node) or of_step:
        yield Misuse(node, f"map takes a function of one item, not {ast.unparse(node):.60}", _EACH)
    elif isinstance(node, ast.Call) and not own and plan.functions(node.func):
        yield Misuse(node, f"{ast.unparse(node.func)}(...) is called before map has an item", _EACH)
    for function in [] if isinstance(node, ast.Call) else own:
        yield from _applied(plan, node, function)


def items(plan: Plan, node: ast.expr) -> Iterator[Misuse]:
    """The items of `map`."""
    kind = kind_of(plan.constants.value(node))
    if kind in ("integer", "number", "boolean", "null"):
        yield Misuse(node, f"map goes over items, not over {article(kind)}", "hand over a list: step.map(each, items)")
    elif isinstance(node, ast.Call) and plan.verb(node) not in (None, "now", "random", "uuid"):
        yield Misuse(node, "the items of map are a step that is not awaited", f"write await {ast.unparse(node):.200}")


def concurrency(plan: Plan, node: ast.expr) -> Iterator[Misuse]:
    """How many items at once."""
    known = literal(plan, node)
    if known and known[0] is not None and (type(known[0]) is not int or known[0] < 1):
        yield Misuse(node, f"concurrency is {known[0]!r}", "write a whole number from 1, or leave it out")


def _member(plan: Plan, node: ast.expr, verb: str, advice: str) -> Iterator[Misuse]:
    if isinstance(node, ast.Await) and plan.verb(node.value):
        yield Misuse(node, f"a step is awaited before {verb} gets it", f"leave out the await inside {verb}")
    elif isinstance(node, ast.Name | ast.Attribute | ast.Lambda) and plan.functions(node):
        yield Misuse(node, f"{ast.unparse(node):.60} is a function that is not called", advice)


def _applied(plan: Plan, node: ast.expr, function: Function) -> Iterator[Misuse]:
    if plan.step_decorator(function) or not takes(plan, function, 1):
        yield Misuse(node, "the function of map does not take one item", _EACH)
    elif isinstance(function, ast.FunctionDef | ast.Lambda):
        values = [leaf for value in returned(function) for leaf in plan.constants.leaves(value)]
        called = next((plan.tool_names(value) for value in values if plan.tool_names(value) is not None), None)
        if called is not None:
            problem = f"map gets tools.{next(iter(called), '...')}(...), which no step runs"
            yield Misuse(node, problem, _EACH, "AF301")
        elif yields(function) or all(is_data(value) or is_none(value) for value in values):
            yield Misuse(node, "the function of map gives nothing that can be awaited", _EACH)
