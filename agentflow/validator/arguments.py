"""What the arguments of a verb can be, as far as they are literal or name functions and tools of the plan."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from ..guest.durations import seconds
from ..guest.exceptions import UsageError
from ..guest.requests import BACKOFFS, EVENT_TYPE, LONGEST_NAME, MOST_RETRIES, RETRIES
from .plan import Plan, has_decorator, returned, yields
from .schema import kind_of
from .scopes import Function, parameters

_DURATION = 'write a number of seconds, a timedelta, or words such as "10 seconds" or "3 days"'
_CONTEXT_NAMES = frozenset({"ctx", "context", "attempt", "info", "c", "_"})
_WORK = 'write step.do("a name", tools.namespace.name(...)) or hand over a function'


class Misuse(NamedTuple):
    """What is wrong with one argument, and what to write instead."""

    node: ast.expr
    problem: str
    advice: str
    code: str = "AF603"


def misused(plan: Plan, verb: str, given: Mapping[str, ast.expr]) -> list[Misuse]:
    """All that is certainly wrong with the arguments of a verb."""
    found: list[Misuse] = []
    for name, node in given.items():
        check = _CHECKS.get((verb, name.split(" ")[0])) or _CHECKS.get(("", name))
        if check is not None:
            found += check(plan, node)
    return found


def _name(plan: Plan, node: ast.expr) -> Iterator[Misuse]:
    advice = f'give the step a name of 1 to {LONGEST_NAME} characters, such as "load order"'
    value = plan.constants.value(node)
    kind = "tool call" if plan.tool_names(node) is not None else kind_of(value)
    texts = value.values if isinstance(value, ast.JoinedStr) else [value]
    text = "".join(part.value for part in texts if isinstance(part, ast.Constant) and isinstance(part.value, str))
    if kind not in (None, "string"):
        yield Misuse(node, f"the name is {_article(kind)}, not a string", advice)
    elif any(ord(sign) < 32 or 127 <= ord(sign) < 160 for sign in text):
        yield Misuse(node, "the name has control characters", advice)
    elif len(text) > LONGEST_NAME or (isinstance(value, ast.Constant) and not text):
        yield Misuse(node, f"the name has {len(text)} characters", advice)


def _duration(plan: Plan, node: ast.expr) -> Iterator[Misuse]:
    yield from _checked_duration(plan, node, "the duration", positive=False)


def _timeout(plan: Plan, node: ast.expr) -> Iterator[Misuse]:
    yield from _checked_duration(plan, node, "timeout", positive=True)


def _deadline(plan: Plan, node: ast.expr) -> Iterator[Misuse]:
    if not _is_none(node):
        yield from _checked_duration(plan, node, "deadline", positive=True)


def _checked_duration(plan: Plan, node: ast.expr, what: str, *, positive: bool) -> Iterator[Misuse]:
    known = _literal(plan, node)
    if known is None:
        return
    try:
        seconds(known[0], what, positive=positive)
    except UsageError as error:
        yield Misuse(node, str(error).partition(": give")[0], _DURATION)


def _when(plan: Plan, node: ast.expr) -> Iterator[Misuse]:
    known = _literal(plan, node)
    if known and (isinstance(known[0], bool) or not isinstance(known[0], int | float)):
        advice = 'write an aware datetime such as step.now() + timedelta(days=1), or step.sleep("a name", "1 day")'
        yield Misuse(node, f"the moment is {known[0]!r}, not a datetime", advice)


def _retries(plan: Plan, node: ast.expr) -> Iterator[Misuse]:
    advice = 'write retries={"limit": 3, "delay": "10 seconds", "backoff": "exponential"}, each key if you need it'
    leaves = plan.constants.leaves(node)
    table = leaves[0] if len(leaves) == 1 else node
    if kind_of(table) not in (None, "null", "object"):
        yield Misuse(node, "retries is not a dict", advice)
    if isinstance(table, ast.Dict):
        for key, value in zip(table.keys, table.values, strict=True):
            problem = _retry(plan, key.value, value) if isinstance(key, ast.Constant) else None
            place = value if table is node else node
            if problem:
                yield Misuse(place, problem, advice)
            elif isinstance(value, ast.Lambda) or plan.functions(value):
                yield Misuse(place, "a function as delay is not available in this version", advice, "AF601")


def _retry(plan: Plan, key: Any, value: ast.expr) -> str | None:
    known = _literal(plan, value)
    match key:
        case "limit" if known and (type(known[0]) is not int or not 0 <= known[0] <= MOST_RETRIES):
            return f"limit is {known[0]!r}, not a whole number from 0 to {MOST_RETRIES}"
        case "backoff" if known and known[0] not in BACKOFFS:
            return f"backoff is {known[0]!r}, not one of {', '.join(BACKOFFS)}"
        case "delay":
            return next((misuse.problem for misuse in _checked_duration(plan, value, "delay", positive=False)), None)
    return None if key in RETRIES else f"retries has no key {key!r}"


def _types(plan: Plan, node: ast.expr) -> Iterator[Misuse]:
    advice = "name the event's type with letters, digits, '_', '.' and '-', such as \"payment.received\""
    if isinstance(node, ast.List | ast.Tuple) and not node.elts:
        yield Misuse(node, "the list of event types is empty", advice)
    for one in node.elts if isinstance(node, ast.List | ast.Tuple) else [node]:
        known = _literal(plan, one)
        if known and not (isinstance(known[0], str) and EVENT_TYPE.fullmatch(known[0])):
            yield Misuse(one, f"{known[0]!r:.80} is not an event type", advice)


def _where(plan: Plan, node: ast.expr) -> Iterator[Misuse]:
    advice = 'write where={"field": value} or where={"field": [value, value]}'
    keys = node.keys if isinstance(node, ast.Dict) else []
    if kind_of(plan.constants.value(node)) not in (None, "null", "object"):
        yield Misuse(node, "where is not a dict", advice)
    for key in keys:
        if key is not None and kind_of(key) not in (None, "string"):
            yield Misuse(key, "a field in where is not a string", advice)


def _question(plan: Plan, node: ast.expr) -> Iterator[Misuse]:
    value = plan.constants.value(node)
    empty = isinstance(value, ast.Constant) and isinstance(value.value, str) and not value.value.strip()
    if empty or kind_of(value) not in (None, "string"):
        yield Misuse(node, "the question is not a text", "write the question that people will read, as a string")


def _answer(plan: Plan, node: ast.expr) -> Iterator[Misuse]:
    advice = (
        'write str, a list of choices such as ["yes", "no"], or a JSON schema as a dict such as {"type": "integer"}'
    )
    empty = isinstance(node, ast.List | ast.Tuple) and not node.elts
    kind = isinstance(node, ast.Name) and node.id in ("int", "float", "bool", "list", "dict", "bytes", "tuple", "set")
    if empty or kind or isinstance(plan.constants.value(node), ast.Constant):
        yield Misuse(node, f"answer is {ast.unparse(node)}", advice)


def _work(plan: Plan, node: ast.expr) -> Iterator[Misuse]:
    yield from _not_a_call(plan, node)
    partial = isinstance(node, ast.Call) and plan.origin(node.func) == "functools.partial"
    for function in [] if partial else plan.functions(node):
        if problem := takes_too_much(plan, function):
            yield Misuse(node, problem, "let the function capture what it needs, or wrap it: lambda: function(value)")


def takes_too_much(plan: Plan, function: Function) -> str | None:
    """What is wrong with the parameters of a step's function: it takes none, or `ctx`."""
    needed = _needed(plan, function)
    by_name = any(default is None for default in function.args.kw_defaults)
    if len(needed) > 1 or by_name or not {*needed} <= _CONTEXT_NAMES:
        names = ", ".join(parameter.arg for parameter in parameters(function))
        return f"its function takes ({names}), but may take only ctx"
    return None


def _approved(plan: Plan, node: ast.expr) -> Iterator[Misuse]:
    if _is_none(node):
        return
    for one in node.elts if isinstance(node, ast.List | ast.Tuple) else [node]:
        yield from _not_a_call(plan, one, "call= takes a tool call, or a list of them", listed=True)
        if isinstance(one, ast.Lambda | ast.Name | ast.Attribute) and plan.functions(one):
            yield Misuse(one, "call= takes a tool call, not a function", "write call=tools.namespace.name(...)")


def _not_a_call(
    plan: Plan, node: ast.expr, wanted: str = "it runs a tool call or a function", *, listed: bool = False
) -> Iterator[Misuse]:
    value = plan.constants.value(node)
    kind = kind_of(value) if not (listed and isinstance(value, ast.ListComp)) else None
    tool = plan.tool_reference(node)
    if kind is not None:
        yield Misuse(node, f"{wanted}, not {_article(kind)}", _WORK)
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


def _side_by_side(plan: Plan, node: ast.expr) -> Iterator[Misuse]:
    advice = (
        "hand over awaitables, each as an argument of its own: step.gather(first(), *[each(item) for item in items])"
    )
    value = node
    if isinstance(node, ast.Name):
        value = plan.only_value(node) or node
    if isinstance(value, ast.List | ast.ListComp | ast.Tuple | ast.GeneratorExp | ast.Set):
        yield Misuse(node, "a list is handed over in one piece", f"write a star before it: *{ast.unparse(node):.60}")
    elif isinstance(node, ast.Await) and plan.verb(node.value):
        yield Misuse(node, "a step is awaited before it is gathered", "leave out the await inside gather")
    elif isinstance(node, ast.Name | ast.Attribute | ast.Lambda) and plan.functions(node):
        yield Misuse(node, f"{ast.unparse(node)} is a function that is not called", advice)


def _needed(plan: Plan, function: Function) -> list[str]:
    known = [*function.args.posonlyargs, *function.args.args]
    known = known[: len(known) - len(function.args.defaults)]
    is_method = plan.method_of(function) is not None and not has_decorator(function, "staticmethod")
    return [parameter.arg for parameter in (known[1:] if is_method else known)]


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
    return len(plain) == len(found) and all(_is_data(value) for value in values)


def _is_data(node: ast.expr) -> bool:
    return kind_of(node) is not None or isinstance(node, ast.BinOp | ast.Compare | ast.SetComp | ast.Set)


def _literal(plan: Plan, node: ast.expr) -> tuple[Any] | None:
    """The value of a literal, in a tuple, since it may be None."""
    try:
        return (ast.literal_eval(plan.constants.value(node)),)
    except (ValueError, TypeError):
        return None


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _article(kind: str) -> str:
    words = {"array": "a list", "object": "a dict", "integer": "an integer", "null": "None"}
    return words.get(kind, f"a {kind}")


_CHECKS: dict[tuple[str, str], Callable[[Plan, ast.expr], Iterator[Misuse]]] = {
    ("", "name"): _name,
    ("", "duration"): _duration,
    ("", "timeout"): _timeout,
    ("", "deadline"): _deadline,
    ("", "when"): _when,
    ("", "retries"): _retries,
    ("", "type"): _types,
    ("", "where"): _where,
    ("", "question"): _question,
    ("", "answer"): _answer,
    ("do", "call"): _work,
    ("wait_for_approval", "call"): _approved,
    ("gather", "steps"): _side_by_side,
}
