"""Rules for the verbs of `step`: they exist, they are there in this version, and they get the arguments they take."""

from __future__ import annotations

import ast
from dataclasses import fields

from ..guest.answers import Approval, Event
from .arguments import misused
from .findings import Report, did_you_mean, listing
from .plan import APPROVAL, EVENT, MESSAGE, Plan
from .signatures import VERBS, bound, written
from .work import takes_too_much

_MEANT = {
    "run": "do", "execute": "do", "call": "do", "step": "do", "activity": "do", "invoke": "do", "tool": "do",
    "wait": "sleep", "delay": "sleep", "sleep_for": "sleep", "event": "wait_for_event", "signal": "wait_for_event",
    "wait_for_signal": "wait_for_event", "wait_event": "wait_for_event", "receive": "wait_for_event",
    "approve": "wait_for_approval", "approval": "wait_for_approval", "request_approval": "wait_for_approval",
    "input": "ask", "wait_for_input": "ask", "prompt": "ask", "parallel": "gather", "all": "gather",
    "time": "now", "utcnow": "now", "uuid4": "uuid",
    "any": "race", "first": "race", "select": "race", "wait_any": "race", "for_each": "map", "each": "map",
    "fan_out": "map", "starmap": "map", "wait_for": "timeout", "deadline": "timeout", "limit": "timeout",
    "spawn": "delegate", "child": "delegate", "agent": "delegate", "start_workflow": "delegate", "submit": "delegate",
    "compensate": "rollback", "undo": "rollback", "revert": "rollback", "continue_new": "continue_as_new",
    "restart": "continue_as_new", "report": "progress", "status": "progress", "log": "progress", "notify": "progress",
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
    for node in plan.of(ast.Attribute, ast.Subscript):
        match node:
            case ast.Attribute(value=value, attr=name) if plan.is_step(value) and name not in VERBS:
                meant = f"; did you mean {_MEANT[name]!r}?" if name in _MEANT else did_you_mean(name, VERBS)
                report.error(
                    "AF602", node, f"step has no verb {name!r}{meant}", f"use one of: {listing(VERBS, limit=20)}"
                )
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


def verb_arguments(plan: Plan, report: Report) -> None:
    """AF603: names, number and literal values of a verb's arguments."""
    for call in plan.calls:
        verb = plan.verb(call)
        if verb in VERBS and verb is not None:
            given, wrong = bound(plan, call, verb)
            if wrong:
                report.error("AF603", wrong[0], f"step.{verb}{wrong[1]}", f"write {written(verb)}")
            for misuse in misused(plan, verb, given):
                report.error(misuse.code, misuse.node, f"step.{verb}: {misuse.problem}", misuse.advice)
        elif plan.is_gather(call):
            for misuse in misused(plan, "gather", {f"steps {n}": node for n, node in enumerate(call.args)}):
                report.error(misuse.code, misuse.node, f"gather: {misuse.problem}", misuse.advice)


def function_steps(plan: Plan, report: Report) -> None:
    """AF603: a function with `@step.do` takes nothing but ctx, and is called without arguments."""
    decorated = [node for node in plan.definitions if plan.step_decorator(node)]
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
