"""What the arguments of a verb can be, as far as they are literal or name functions and tools of the plan."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..guest.requests import (
    AGENT,
    BACKOFFS,
    EVENT_TYPE,
    LONGEST_APPROVER,
    LONGEST_MESSAGE,
    LONGEST_NAME,
    MOST_APPROVERS,
    MOST_RETRIES,
    RETRIES,
)
from .groups import concurrency, each, items, racer, side_by_side
from .misuse import Misuse, article, checked_duration, is_none, literal
from .plan import Plan
from .schema import kind_of
from .work import delay, not_a_call, rollback, work


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
        yield Misuse(node, f"the name is {article(kind)}, not a string", advice)
    elif any(ord(sign) < 32 or 127 <= ord(sign) < 160 for sign in text):
        yield Misuse(node, "the name has control characters", advice)
    elif len(text) > LONGEST_NAME or (isinstance(value, ast.Constant) and not text):
        yield Misuse(node, f"the name has {len(text)} characters", advice)


def _duration(plan: Plan, node: ast.expr) -> Iterator[Misuse]:
    yield from checked_duration(plan, node, "the duration", positive=False)


def _timeout(plan: Plan, node: ast.expr) -> Iterator[Misuse]:
    yield from checked_duration(plan, node, "timeout", positive=True)


def _deadline(plan: Plan, node: ast.expr) -> Iterator[Misuse]:
    if not is_none(node):
        yield from checked_duration(plan, node, "deadline", positive=True)


def _patience(plan: Plan, node: ast.expr) -> Iterator[Misuse]:
    if not is_none(node):
        yield from _timeout(plan, node)


def _block(plan: Plan, node: ast.expr) -> Iterator[Misuse]:
    yield from checked_duration(plan, node, "the duration", positive=True)


def _when(plan: Plan, node: ast.expr) -> Iterator[Misuse]:
    known = literal(plan, node)
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
            elif isinstance(key, ast.Constant) and key.value == "delay":
                yield from delay(plan, value, place)


def _retry(plan: Plan, key: Any, value: ast.expr) -> str | None:
    known = literal(plan, value)
    match key:
        case "limit" if known and (type(known[0]) is not int or not 0 <= known[0] <= MOST_RETRIES):
            return f"limit is {known[0]!r}, not a whole number from 0 to {MOST_RETRIES}"
        case "backoff" if known and known[0] not in BACKOFFS:
            return f"backoff is {known[0]!r}, not one of {', '.join(BACKOFFS)}"
        case "delay":
            return next((misuse.problem for misuse in checked_duration(plan, value, "delay", positive=False)), None)
    return None if key in RETRIES else f"retries has no key {key!r}"


def _types(plan: Plan, node: ast.expr) -> Iterator[Misuse]:
    advice = "name the event's type with letters, digits, '_', '.' and '-', such as \"payment.received\""
    if isinstance(node, ast.List | ast.Tuple) and not node.elts:
        yield Misuse(node, "the list of event types is empty", advice)
    for one in node.elts if isinstance(node, ast.List | ast.Tuple) else [node]:
        known = literal(plan, one)
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


def _approved(plan: Plan, node: ast.expr) -> Iterator[Misuse]:
    if isinstance(node, ast.List | ast.Tuple):
        listed = node.elts
    elif is_none(node) or kind_of(plan.constants.value(node)) == "array":
        listed = []  # of a list that is worked out, nobody knows yet what is in it
    else:
        listed = [node]
    for one in listed:
        yield from not_a_call(plan, one, "call= takes a tool call, or a list of them", listed=True)
        if isinstance(one, ast.Lambda | ast.Name | ast.Attribute) and plan.functions(one):
            yield Misuse(one, "call= takes a tool call, not a function", "write call=tools.namespace.name(...)")


def _approvers(plan: Plan, node: ast.expr) -> Iterator[Misuse]:
    advice = 'write approvers=["anna", "bert"], or leave it out: the agent\'s policy says who may decide'
    names = node.elts if isinstance(node, ast.List | ast.Tuple) else None
    if names == [] or kind_of(plan.constants.value(node)) not in (None, "null", "array"):
        yield Misuse(node, "approvers is not a list of names", advice)
    for one in names or []:
        known = literal(plan, one)
        if known and not (isinstance(known[0], str) and 1 <= len(known[0].strip()) <= LONGEST_APPROVER):
            yield Misuse(one, f"{known[0]!r:.60} is not a person's name", advice)


def _quorum(plan: Plan, node: ast.expr) -> Iterator[Misuse]:
    known = literal(plan, node)
    if known and (type(known[0]) is not int or not 1 <= known[0] <= MOST_APPROVERS):
        advice = "write how many have to agree, such as quorum=2, or leave it out"
        yield Misuse(node, f"quorum is {known[0]!r:.60}, not a whole number from 1 to {MOST_APPROVERS}", advice)


def _flag(plan: Plan, node: ast.expr) -> Iterator[Misuse]:
    known = literal(plan, node)
    if known and not isinstance(known[0], bool):
        yield Misuse(node, f"sensitive is {known[0]!r:.60}", "write sensitive=True, or leave it out")


def _agent(plan: Plan, node: ast.expr) -> Iterator[Misuse]:
    known = literal(plan, node)
    if known and not (isinstance(known[0], str) and AGENT.fullmatch(known[0])):
        advice = 'write the name of an agent: step.delegate("ask research", "research", "the goal")'
        yield Misuse(node, f"{known[0]!r:.60} is not the name of an agent", advice)


def _goal(plan: Plan, node: ast.expr) -> Iterator[Misuse]:
    if not is_none(node):
        value = plan.constants.value(node)
        empty = isinstance(value, ast.Constant) and isinstance(value.value, str) and not value.value.strip()
        if empty or kind_of(value) not in (None, "string"):
            yield Misuse(
                node, "the goal is not a text", "write what the other agent shall reach; data goes to payload="
            )


def _payload(plan: Plan, node: ast.expr) -> Iterator[Misuse]:
    kind = kind_of(plan.constants.value(node))
    if kind not in (None, "object"):
        advice = 'write the next event.payload: step.continue_as_new({"page": page + 1})'
        yield Misuse(node, f"the new payload is {article(kind)}, not a dict", advice)


def _message(plan: Plan, node: ast.expr) -> Iterator[Misuse]:
    value = plan.constants.value(node)
    text = value.value if isinstance(value, ast.Constant) else None
    if isinstance(text, str) and not 1 <= len(text) <= LONGEST_MESSAGE:
        yield Misuse(node, f"the message has {len(text)} characters", f"write 1 to {LONGEST_MESSAGE}")
    elif kind_of(value) not in (None, "string"):
        yield Misuse(node, "the message is not a text", 'write step.progress("half of the pages are read", 0.5)')


def _fraction(plan: Plan, node: ast.expr) -> Iterator[Misuse]:
    known = literal(plan, node)
    if known and known[0] is not None:
        value = known[0]
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            yield Misuse(node, f"the fraction is {value!r:.60}", "write a number from 0 to 1, such as done / total")


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
    ("do", "call"): work,
    ("do", "rollback"): rollback,
    ("do", "sensitive"): _flag,
    ("", "approvers"): _approvers,
    ("", "quorum"): _quorum,
    ("wait_for_approval", "call"): _approved,
    ("gather", "steps"): side_by_side,
    ("race", "steps"): racer,
    ("map", "function"): each,
    ("map", "items"): items,
    ("map", "concurrency"): concurrency,
    ("timeout", "duration"): _block,
    ("delegate", "agent"): _agent,
    ("delegate", "goal"): _goal,
    ("delegate", "timeout"): _patience,
    ("rollback", "names"): _name,
    ("continue_as_new", "payload"): _payload,
    ("progress", "message"): _message,
    ("progress", "fraction"): _fraction,
}
