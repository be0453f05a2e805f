"""Rules for loops of steps: one that asks again and again waits in between, and one that never ends begins anew."""

from __future__ import annotations

import ast

from ..guest.durations import seconds
from ..guest.exceptions import UsageError
from ..guest.trees import walk
from .findings import Report
from .misuse import literal
from .plan import Plan

_WAITS = frozenset({
    "sleep", "sleep_until", "wait_for_event", "wait_for_approval", "ask", "race", "delegate", "timeout",
    "continue_as_new",
})  # fmt: skip
_ENDS = (ast.Return, ast.Raise, ast.Break)
_EAGER, _MANY, _MOST = 3, 20, 200
_MINUTE, _MONTH = 60, 30 * 86_400


def polling(plan: Plan, report: Report) -> None:
    """AF503: a loop that asks the same of a tool in each round, and does not wait."""
    for loop in plan.of(ast.While):
        nodes = [node for part in (loop.test, *loop.body) for node in walk(part)]
        calls = [node for node in nodes if isinstance(node, ast.Call)]
        steps = [call for call in calls if plan.verb(call) == "do"]
        others = [call for call in calls if plan.functions(call.func) and plan.tool_names(call) is None]
        waits = any(plan.verb(call) in _WAITS for call in calls)
        if steps and not (waits or others) and all(_repeats(plan, step, nodes) for step in steps):
            report.warning(
                "AF503", loop, "this loop asks the same again and again without waiting in between",
                'wait in it: await step.sleep("wait", "1 minute"), and give it a bound: for attempt in range(60):',
            )  # fmt: skip


def endless_runs(plan: Plan, report: Report) -> None:
    """AF504: a run that goes round for ever, with a history that grows for ever."""
    for loop in plan.of(ast.While):
        if not (isinstance(loop.test, ast.Constant) and loop.test.value):
            continue
        nodes = [node for part in loop.body for node in walk(part)]
        left = any(isinstance(node, _ENDS) or plan.verb(node) == "continue_as_new" for node in nodes)
        waits = any(isinstance(node, ast.Await | ast.AsyncWith | ast.AsyncFor) for node in nodes)
        blocks = [one for one in plan.scopes.around(loop) if isinstance(one, ast.AsyncWith | ast.Try)]
        if waits and not left and not blocks and plan.function_around(loop) is plan.run:
            report.warning(
                "AF504", loop, "this run never ends, and its history grows with each round",
                "leave the loop at some point, or end a round with: await step.continue_as_new(event.payload)",
            )  # fmt: skip


def retry_storms(plan: Plan, report: Report) -> None:
    """AF607: a step that is tried very often, or again at once."""
    for call in plan.calls:
        for keyword in call.keywords if plan.verb(call) == "do" else ():
            tables = plan.constants.leaves(keyword.value) if keyword.arg == "retries" else []
            given = _known(plan, tables[0]) if len(tables) == 1 else {}
            if given and (problem := _storm(given)):
                advice = 'write such as {"limit": 5, "delay": "1 minute"}, and let a loop with a sleep wait for longer'
                report.warning("AF607", keyword.value, problem, advice)


def _known(plan: Plan, table: ast.expr) -> dict[object, object]:
    """What a dict of retries says, if all of it is literal."""
    if not isinstance(table, ast.Dict):
        return {}
    known: dict[object, object] = {}
    for key, value in zip(table.keys, table.values, strict=True):
        given = literal(plan, value)
        if not isinstance(key, ast.Constant) or given is None:
            return {}
        known[key.value] = given[0]
    return known


def _storm(retries: dict[object, object]) -> str | None:
    limit, backoff = retries.get("limit", 5), retries.get("backoff", "exponential")
    try:
        delay = seconds(retries.get("delay", "10 seconds"), "delay", positive=False)
    except UsageError:
        return None  # which is a finding of its own
    if not isinstance(limit, int):
        return None
    if limit > _EAGER and not delay:
        return f"this step is tried again {limit} times without a delay"
    if limit > _MANY and backoff != "exponential" and delay < _MINUTE:
        return f"this step is tried again {limit} times, every {delay:g} seconds"
    if limit <= _MOST and backoff == "exponential" and delay * 2 ** (limit - 1) > _MONTH:
        return f"each delay is twice the last: before the {limit}th retry it is longer than a month"
    return f"this step is tried again up to {limit} times" if limit > _MOST else None


def _repeats(plan: Plan, step: ast.Call, nodes: list[ast.AST]) -> bool:
    """Does the step do the same in each round, as far as it asks a tool?"""
    given = [*step.args[1:2], *(one.value for one in step.keywords if one.arg == "call")]
    changed = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    changed |= {_owner(node) for node in nodes if isinstance(node, ast.Attribute | ast.Subscript)}
    changed |= {"self"}
    used = {node.id for one in given for node in walk(one) if isinstance(node, ast.Name)}
    built = [plan.only_value(one) if isinstance(one, ast.Name) else one for one in given]
    names = [name for one in built if one is not None for name in plan.tool_names(one) or ()]
    return bool(names) and not used & changed and all(_is_read(plan, name) for name in names)


def _owner(node: ast.Attribute | ast.Subscript) -> str:
    """What a method may change, or an assignment changes in part."""
    name = node.value.id if isinstance(node.value, ast.Name) else ""
    is_change = not isinstance(node.ctx, ast.Load) or isinstance(node, ast.Attribute)
    return name if is_change and name not in ("tools", "step", "event") else ""


def _is_read(plan: Plan, name: str) -> bool:
    return (plan.tools or {}).get(name, {}).get("effect") == "read"
