"""Which arguments a verb of `step` takes, and which of them a call gives."""

from __future__ import annotations

import ast
import inspect
from functools import cache

from ..guest.step import Step
from .findings import did_you_mean
from .plan import Plan

VERBS = frozenset(name for name in vars(Step) if not name.startswith("_"))

Wrong = tuple[ast.AST, str]
"""Where a call does not fit, and how, as the end of a sentence about the verb."""


def bound(plan: Plan, call: ast.Call, verb: str) -> tuple[dict[str, ast.expr], Wrong | None]:
    """The arguments of a verb by the names of its parameters; nothing, and why, where they do not fit."""
    known = _parameters(verb)
    if verb == "race":
        given, wrong = _racers(call)
    elif many := next((one.name for one in known if one.kind is one.VAR_POSITIONAL), None):
        wrong = _unknown_keyword(call, known)
        given = {f"{many} {n}": node for n, node in enumerate(call.args)}
    else:
        given, wrong = _placed(plan, call, verb, known)
    return ({}, wrong) if wrong else (given, None)


def written(verb: str) -> str:
    """How a verb is written."""
    if verb == "race":
        return "step.race(name=step, other_name=step)"
    shown = _parameters(verb)
    places = [f"*{one.name}" if one.kind is one.VAR_POSITIONAL else one.name for one in shown if not _by_name(one)]
    return f"step.{verb}({', '.join([*places, *(f'{one.name}=...' for one in shown if _by_name(one))])})"


@cache
def _parameters(verb: str) -> list[inspect.Parameter]:
    return list(inspect.signature(vars(Step)[verb]).parameters.values())[1:]


def _by_name(parameter: inspect.Parameter) -> bool:
    return parameter.kind is parameter.KEYWORD_ONLY


def _racers(call: ast.Call) -> tuple[dict[str, ast.expr], Wrong | None]:
    """What races is told apart by its names."""
    if call.args:
        return {}, (call.args[0], " takes its steps by name")
    if not call.keywords:
        return {}, (call, " is given nothing")
    return {f"steps {keyword.arg}": keyword.value for keyword in call.keywords if keyword.arg}, None


def _placed(
    plan: Plan, call: ast.Call, verb: str, known: list[inspect.Parameter]
) -> tuple[dict[str, ast.expr], Wrong | None]:
    places = [parameter.name for parameter in known if parameter.kind is parameter.POSITIONAL_OR_KEYWORD]
    open_ended = any(isinstance(node, ast.Starred) for node in call.args)
    given = {} if open_ended else dict(zip(places, call.args, strict=False))
    wrong = _unknown_keyword(call, known) or _misplaced(call, places, open_ended)
    given.update({keyword.arg: keyword.value for keyword in call.keywords if keyword.arg})
    left = [one for one in known if one.name not in given and not open_ended]
    return given, wrong or _missing(plan, call, verb, left)


def _unknown_keyword(call: ast.Call, known: list[inspect.Parameter]) -> Wrong | None:
    names = [parameter.name for parameter in known if parameter.kind is not parameter.VAR_POSITIONAL]
    for keyword in call.keywords:
        if keyword.arg and keyword.arg not in names:
            return keyword, f" has no argument {keyword.arg!r}{did_you_mean(keyword.arg, names)}"
    return None


def _misplaced(call: ast.Call, places: list[str], open_ended: bool) -> Wrong | None:
    if len(call.args) > len(places) and not open_ended:
        return call.args[len(places)], f" takes {len(places)} arguments by position; pass the others by name"
    for keyword in call.keywords:
        if keyword.arg in places[: len(call.args)] and not open_ended:
            return keyword, f" is given {keyword.arg!r} twice"
    return None


def _missing(plan: Plan, call: ast.Call, verb: str, left: list[inspect.Parameter]) -> Wrong | None:
    names = [parameter.name for parameter in left if parameter.default is parameter.empty]
    if verb == "do" and any(parameter.name == "call" for parameter in left) and not _decorates(plan, call):
        names.append("call")
    if not names or any(keyword.arg is None for keyword in call.keywords):
        return None
    return call, f" lacks {' and '.join(map(repr, names))}"


def _decorates(plan: Plan, call: ast.Call) -> bool:
    """`step.do("name")` alone is a decorator: over a function, called at once, or kept in a name."""
    parent = plan.scopes.parent(call)
    return not isinstance(parent, ast.Await | ast.Expr) and not (isinstance(parent, ast.Call) and call in parent.args)
