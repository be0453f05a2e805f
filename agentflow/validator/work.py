"""What a step is given to run: a tool call or a function, and the functions for its rollback and its delays."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .misuse import Misuse, article, checked_duration, is_none
from .plan import Plan, has_decorator, returned, yields
from .schema import kind_of
from .scopes import Function, parameters

_CONTEXT_NAMES = frozenset({"ctx", "context", "attempt", "info", "c", "_"})
_WORK = 'write step.do("a name", tools.namespace.name(...)) or hand over a function'
_UNDO = "write rollback=lambda result: tools.namespace.name(...)"
_DELAY = 'write "delay": lambda attempt, error: 10 * attempt, or a duration'


def work(plan: Plan, node: ast.expr) -> Iterator[Misuse]:
    """`call` of `step.do`."""
    yield from not_a_call(plan, node)
    for function in [] if _is_partial(plan, node) else plan.functions(node):
        if problem := takes_too_much(plan, function):
            yield Misuse(node, problem, "let the function capture what it needs, or wrap it: lambda: function(value)")


def takes_too_much(plan: Plan, function: Function) -> str | None:
    """What is wrong with the parameters of a step's function: it takes none, or `ctx`."""
    needed = _needed(plan, function)
    by_name = any(default is None for default in function.args.kw_defaults)
    if len(needed) > 1 or by_name or not {*needed} <= _CONTEXT_NAMES:
        return f"its function takes {_shown(function)}, but may take only ctx"
    return None


def takes(plan: Plan, function: Function, most: int) -> bool:
    """Can a function be called with one value, or with up to `most` of them?"""
    if any(default is None for default in function.args.kw_defaults):
        return False
    return len(_needed(plan, function)) <= most and (bool(_places(plan, function)) or function.args.vararg is not None)


def rollback(plan: Plan, node: ast.expr) -> Iterator[Misuse]:
    """`rollback` of `step.do`: a plain function from the result to a tool call."""
    if is_none(node):
        return
    if _is_built(plan, node):
        shown = ast.unparse(node)
        yield Misuse(
            node, "rollback= is built before the step has a result", f"write rollback=lambda result: {shown:.200}"
        )
    elif plan.tool_reference(node) or kind_of(plan.constants.value(node)) is not None or plan.verb(node):
        yield Misuse(node, "rollback= is not a function", _UNDO)
    for function in [] if _is_partial(plan, node) else plan.functions(node):
        yield from _undoing(plan, node, function)


def delay(plan: Plan, node: ast.expr, place: ast.expr) -> Iterator[Misuse]:
    """A function as `delay` of `retries`: from the attempt, and its error, to a duration."""
    for function in [] if _is_partial(plan, node) else plan.functions(node):
        if isinstance(function, ast.AsyncFunctionDef) or yields(function):
            yield Misuse(place, "the delay's function cannot wait", "write a plain function that returns a duration")
        elif not takes(plan, function, 2):
            yield Misuse(place, f"the delay's function takes {_shown(function)}, not (attempt, error)", _DELAY)
        for value in returned(function):
            for misuse in checked_duration(plan, value, "the delay", positive=False):
                yield misuse._replace(node=value)


def not_a_call(
    plan: Plan, node: ast.expr, wanted: str = "it runs a tool call or a function", *, listed: bool = False
) -> Iterator[Misuse]:
    """What is certainly neither a tool call nor, unless `listed`, a function."""
    kind = kind_of(plan.constants.value(node))
    tool = plan.tool_reference(node)
    if kind is not None:
        yield Misuse(node, f"{wanted}, not {article(kind)}", _WORK)
    elif tool is not None:
        yield Misuse(node, f"tools.{tool} is not called", f"write tools.{tool}(name=value, ...)")
    elif isinstance(node, ast.Await) and plan.verb(node.value):
        yield Misuse(node, f"{wanted}, not a step's result", "hand over the tool call itself, without await")
    elif isinstance(node, ast.Call) and plan.verb(node):
        yield Misuse(node, f"{wanted}, not another step", "await the other step before, and use its result")
    elif isinstance(node, ast.Call) and (_is_coroutine(plan, node) or (not listed and _is_computed(plan, node))):
        name = ast.unparse(node.func)
        yield Misuse(
            node,
            f"{name}(...) is called before the step starts",
            f"hand over the function: {name}, or lambda: {name}(...)",
        )


def is_data(node: ast.expr) -> bool:
    """Is it certainly neither a tool call nor an awaitable nor a function?"""
    return kind_of(node) is not None or isinstance(node, ast.BinOp | ast.Compare | ast.SetComp | ast.Set)


def _undoing(plan: Plan, node: ast.expr, function: Function) -> Iterator[Misuse]:
    plain = "write a plain function: def undo(result): return tools.namespace.name(...)"
    if isinstance(function, ast.AsyncFunctionDef) or yields(function) or plan.step_decorator(function):
        yield Misuse(node, "a rollback cannot wait: it returns the tool call that undoes the step", plain)
    elif not takes(plan, function, 1):
        problem = f"the rollback's function takes {_shown(function)}, not the step's result alone"
        yield Misuse(node, problem, _UNDO)
    elif not _may_undo(plan, function):
        yield Misuse(node, "the rollback's function gives no tool call", "return the tool call that undoes the step")


def _may_undo(plan: Plan, function: Function) -> bool:
    values = [leaf for value in returned(function) for leaf in plan.constants.leaves(value)]
    return any(not is_data(value) for value in values) or any(is_none(value) for value in values)


def _is_built(plan: Plan, node: ast.expr) -> bool:
    """Is it a tool call, or a call of a function that gives one?"""
    if plan.tool_names(node) is not None:
        return True
    made = plan.functions(node.func) if isinstance(node, ast.Call) else []
    values = [value for maker in made for value in returned(maker)]
    return bool(values) and all(plan.tool_names(value) is not None for value in values)


def _is_partial(plan: Plan, node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and plan.origin(node.func) == "functools.partial"


def _is_coroutine(plan: Plan, call: ast.Call) -> bool:
    found = plan.functions(call.func)
    return bool(found) and all(isinstance(one, ast.AsyncFunctionDef) and not plan.step_decorator(one) for one in found)


def _is_computed(plan: Plan, call: ast.Call) -> bool:
    """Does it call a plain function of the plan, and certainly get what is neither a tool call nor a function?"""
    found = [one for one in plan.functions(call.func) if isinstance(one, ast.FunctionDef)]
    if not found or len(found) < len(plan.functions(call.func)):
        return False
    plain = [one for one in found if not (plan.step_decorator(one) or yields(one))]
    values = [leaf for one in plain for value in returned(one) for leaf in plan.constants.leaves(value)]
    return len(plain) == len(found) and all(is_data(value) for value in values)


def _places(plan: Plan, function: Function) -> list[str]:
    """The parameters that are filled by position, without `self`."""
    known = [*function.args.posonlyargs, *function.args.args]
    is_method = plan.method_of(function) is not None and not has_decorator(function, "staticmethod")
    return [parameter.arg for parameter in (known[1:] if is_method else known)]


def _needed(plan: Plan, function: Function) -> list[str]:
    known = _places(plan, function)
    return known[: max(0, len(known) - len(function.args.defaults))]


def _shown(function: Function) -> str:
    return f"({', '.join(parameter.arg for parameter in parameters(function))})"
