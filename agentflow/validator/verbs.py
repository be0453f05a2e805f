"""Rules for the verbs of `step`: they exist, they are there in this version, and they get the arguments they take."""

from __future__ import annotations

import ast
import inspect
from dataclasses import fields

from ..guest.answers import Approval, Event
from ..guest.step import Step
from .arguments import misused, takes_too_much
from .findings import Report, did_you_mean, listing
from .plan import APPROVAL, EVENT, MESSAGE, Plan
from .scopes import DEFINITIONS

LATER = frozenset({"map", "race", "timeout", "delegate", "rollback", "continue_as_new", "progress"})
"""Verbs of the plan API that this version does not have yet."""

_INSTEAD = {
    "map": "write `await step.gather(*[function(item) for item in items])`",
    "race": "wait for one thing with its own timeout=, and catch WaitTimeout or StepFailed",
    "timeout": "give each step its own timeout= or deadline=",
    "delegate": "call a tool that starts the other work",
    "rollback": "catch StepFailed and run the undoing tool calls with step.do",
    "continue_as_new": "end the run; keep loops bounded",
    "progress": "leave it out: each step is shown as it happens",
}
_LATER_OPTIONS = {
    "rollback": "catch StepFailed and run the undoing tool call with step.do",
    "sensitive": "leave sensitive= out and pass references instead of secrets",
    "approvers": "leave approvers= out: the agent's policy says who decides",
    "quorum": "leave quorum= out: one person decides",
}
_VERBS = frozenset(name for name in vars(Step) if not name.startswith("_"))
_MEANT = {
    "run": "do", "execute": "do", "call": "do", "step": "do", "activity": "do", "invoke": "do", "tool": "do",
    "wait": "sleep", "delay": "sleep", "sleep_for": "sleep", "event": "wait_for_event", "signal": "wait_for_event",
    "wait_for_signal": "wait_for_event", "wait_event": "wait_for_event", "receive": "wait_for_event",
    "approve": "wait_for_approval", "approval": "wait_for_approval", "request_approval": "wait_for_approval",
    "input": "ask", "wait_for_input": "ask", "prompt": "ask", "parallel": "gather", "all": "gather",
    "time": "now", "utcnow": "now", "uuid4": "uuid",
}  # fmt: skip
_RUN = {"run", "agent", "schedule"}
_FIELDS = {
    EVENT: ("event", frozenset(field.name for field in fields(Event)) - {"type"}),
    MESSAGE: ("the event", frozenset(field.name for field in fields(Event)) - _RUN),
    APPROVAL: ("an Approval", frozenset(field.name for field in fields(Approval))),
}
"""What the objects that a plan is handed are called, and their fields."""
_PAYLOADS = frozenset({f"{EVENT}.payload", f"{MESSAGE}.payload"})
_METHODS = frozenset({*dir(dict), *dir(list), *dir(str)})


def known_verbs(plan: Plan, report: Report) -> None:
    """AF602: `step` has the verb; an event and an approval have the field."""
    for node in plan.nodes:
        match node:
            case ast.Attribute(value=value, attr=name) if plan.is_step(value) and name not in _VERBS:
                meant = f"; did you mean {_MEANT[name]!r}?" if name in _MEANT else did_you_mean(name, _VERBS - LATER)
                report.error("AF602", node, f"step has no verb {name!r}{meant}", f"use one of: {_all_verbs()}")
            case ast.Attribute(value=value, attr=name) if plan.origin(value) in _PAYLOADS and name not in _METHODS:
                shown = ast.unparse(value)
                report.error("AF602", node, f"{shown} has no field {name!r}", f'it is a dict: write {shown}["{name}"]')
            case ast.Attribute(value=value, attr=name) if plan.origin(value) in _FIELDS:
                _check_field(plan, report, node, name)
            case ast.Subscript(value=value, slice=key) if plan.origin(value) in (EVENT, MESSAGE):
                shown = ast.unparse(value)
                advice = f"write {shown}.payload[{ast.unparse(key)}]"
                report.error("AF602", node, f"{shown} is not a dict: its input is in {shown}.payload", advice)


def _check_field(plan: Plan, report: Report, node: ast.Attribute, name: str) -> None:
    origin = plan.origin(node.value)
    what, known = _FIELDS[str(origin)]
    if name in known:
        return
    shown = ast.unparse(node.value)
    advice = f'use one of: {listing(known)}; input is in {shown}.payload["{name}"]'
    if origin == APPROVAL:
        advice = f"use one of: {listing(known)}; who says no raises ApprovalRejected, so what follows is approved"
    report.error("AF602", node, f"{what} has no field {name!r}{did_you_mean(name, known)}", advice)


def verbs_to_come(plan: Plan, report: Report) -> None:
    """AF601: what the plan API has, but not in this version."""
    for node in plan.nodes:
        if isinstance(node, ast.Attribute) and plan.is_step(node.value) and node.attr in LATER:
            report.error("AF601", node, f"step.{node.attr} is not available in this version", _INSTEAD[node.attr])
    for call in plan.calls:
        if plan.verb(call) in _VERBS - LATER:
            for keyword in call.keywords:
                if keyword.arg in _LATER_OPTIONS and not _is_default(keyword):
                    report.error(
                        "AF601", keyword, f"{keyword.arg}= is not available in this version",
                        _LATER_OPTIONS[keyword.arg],
                    )  # fmt: skip


def verb_arguments(plan: Plan, report: Report) -> None:
    """AF603: names, number and literal values of a verb's arguments."""
    for call in plan.calls:
        verb = plan.verb(call)
        if verb in _VERBS - LATER and verb is not None:
            given = _bound(plan, report, call, verb)
            for misuse in misused(plan, verb, given):
                report.error(misuse.code, misuse.node, f"step.{verb}: {misuse.problem}", misuse.advice)
        elif plan.is_gather(call):
            for misuse in misused(plan, "gather", {f"steps {n}": node for n, node in enumerate(call.args)}):
                report.error(misuse.code, misuse.node, f"gather: {misuse.problem}", misuse.advice)


def function_steps(plan: Plan, report: Report) -> None:
    """AF603: a function with `@step.do` takes nothing but ctx, and is called without arguments."""
    decorated = [node for node in plan.nodes if isinstance(node, DEFINITIONS) and plan.step_decorator(node)]
    for node in decorated:
        if problem := takes_too_much(plan, node):
            advice = "let the function capture what it needs"
            report.error("AF603", node, f"@step.do over {node.name}: {problem}", advice)
    for call in plan.calls:
        if (call.args or call.keywords) and any(plan.step_decorator(one) for one in plan.functions(call.func)):
            name = ast.unparse(call.func)
            report.error(
                "AF603", call, f"{name} is a step, and a step is called without arguments",
                f"let the function capture what it needs, and write await {name}()",
            )  # fmt: skip


def _bound(plan: Plan, report: Report, call: ast.Call, verb: str) -> dict[str, ast.expr]:
    """The arguments of a verb by the names of its parameters; nothing where they do not fit."""
    known = list(inspect.signature(vars(Step)[verb]).parameters.values())[1:]
    if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in known):
        wrong = _unknown_keyword(call, verb, known)
        given = {f"steps {n}": node for n, node in enumerate(call.args)}
    else:
        places = [parameter.name for parameter in known if parameter.kind is parameter.POSITIONAL_OR_KEYWORD]
        open_ended = any(isinstance(node, ast.Starred) for node in call.args)
        given = {} if open_ended else dict(zip(places, call.args, strict=False))
        wrong = _unknown_keyword(call, verb, known) or _misplaced(call, places, open_ended)
        given.update({keyword.arg: keyword.value for keyword in call.keywords if keyword.arg})
        wrong = wrong or _missing(plan, call, verb, [one for one in known if one.name not in given and not open_ended])
    if wrong:
        node, problem = wrong
        report.error("AF603", node, f"step.{verb}{problem}", f"write {_signature(verb)}")
        return {}
    return given


def _unknown_keyword(call: ast.Call, verb: str, known: list[inspect.Parameter]) -> tuple[ast.AST, str] | None:
    names = [parameter.name for parameter in known if parameter.kind is not parameter.VAR_POSITIONAL]
    for keyword in call.keywords:
        if keyword.arg and keyword.arg not in names:
            return keyword, f" has no argument {keyword.arg!r}{did_you_mean(keyword.arg, names)}"
    return None


def _misplaced(call: ast.Call, places: list[str], open_ended: bool) -> tuple[ast.AST, str] | None:
    if len(call.args) > len(places) and not open_ended:
        return call.args[len(places)], f" takes {len(places)} arguments by position; pass the others by name"
    for keyword in call.keywords:
        if keyword.arg in places[: len(call.args)] and not open_ended:
            return keyword, f" is given {keyword.arg!r} twice"
    return None


def _missing(plan: Plan, call: ast.Call, verb: str, left: list[inspect.Parameter]) -> tuple[ast.AST, str] | None:
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


def _is_default(keyword: ast.keyword) -> bool:
    default = 1 if keyword.arg == "quorum" else None
    return isinstance(keyword.value, ast.Constant) and keyword.value.value in (default, False)


def _all_verbs() -> str:
    return listing(_VERBS - LATER)


def _signature(verb: str) -> str:
    known = list(inspect.signature(vars(Step)[verb]).parameters.values())[1:]
    shown = [one.name for one in known if one.name not in _LATER_OPTIONS]
    by_name = [one.name for one in known if one.kind is one.KEYWORD_ONLY and one.name not in _LATER_OPTIONS]
    first = [f"*{one}" if one == "steps" else one for one in shown if one not in by_name]
    return f"step.{verb}({', '.join([*first, *(f'{one}=...' for one in by_name)])})"
