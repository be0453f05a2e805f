"""Checks what a plan hands to the verbs, and turns it into requests: the fields of the guest protocol's commands."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Mapping
from types import CoroutineType
from typing import Any

from . import answers
from .calls import ToolCall, Tools, approvable, plain
from .durations import ends, moment, remaining, seconds
from .exceptions import UsageError, described
from .running import Request, running
from .values import ValueNotJson, encode

LONGEST_NAME = 256
MOST_RETRIES = 10_000
EVENT_TYPE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
BACKOFFS = ("exponential", "linear", "constant")
RETRIES: dict[str, Any] = {"limit": 5, "delay": 10.0, "backoff": "exponential"}
MISSING: Any = object()
"""Stands for a default that was not given, since None is a good one."""


def do(name: str, call: object, *, retries: object, timeout: object, deadline: object) -> Request:
    """A tool call or a function as a durable step."""
    fields = {
        "call": approvable(call) if isinstance(call, ToolCall) else None,
        "retries": _retries(retries),
        "timeout": remaining(timeout, "timeout", running().at),
        "deadline": None if deadline is None else remaining(deadline, "deadline", running().at),
    }
    function = None if isinstance(call, ToolCall) else _function(call)
    return _request("do", name, fields, answers.value, function)


def sleep(name: str, duration: object) -> Request:
    """A sleep of that length."""
    return _request("sleep", name, {"seconds": seconds(duration, "duration", positive=False)}, answers.nothing)


def sleep_until(name: str, when: object) -> Request:
    """A sleep to that moment."""
    return _request("sleep_until", name, {"at": moment(when, "when", running().at)}, answers.nothing)


def wait_for_event(name: str, type: object, where: object, timeout: object) -> Request:
    """A wait for the first event of these types with these fields."""
    fields = {"types": _types(type), "where": _where(where), **ends(timeout, "timeout", running().at)}
    return _request("wait_for_event", name, fields, answers.event)


def wait_for_approval(name: str, question: object, *, call: object, details: object, timeout: object) -> Request:
    """A question that a person answers with yes or no."""
    calls = call if isinstance(call, list | tuple) else [] if call is None else [call]
    fields = {
        "question": _question(question),
        "details": _encode("details", details),
        "calls": [_plain(one) for one in calls],
        "many": isinstance(call, list | tuple),
        **ends(timeout, "timeout", running().at),
    }
    return _request("wait_for_approval", name, fields, answers.approval)


def ask(name: str, question: object, *, answer: object, default: object, details: object, timeout: object) -> Request:
    """A question that a person answers with a value."""
    fields = {
        "question": _question(question),
        "schema": _schema(answer),
        "default": None if default is MISSING else {"value": _encode("default", default)},
        "details": _encode("details", details),
        **ends(timeout, "timeout", running().at),
    }
    return _request("ask", name, fields, answers.value)


def parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    """The parameters of a step's function that a call must or should fill: none, or the one for `ctx`."""
    known = inspect.signature(function).parameters.values()
    return [one for one in known if one.name == "ctx" or (one.default is one.empty and one.kind not in _VARIADIC)]


_VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def _request(
    kind: str,
    name: object,
    fields: dict[str, Any],
    decode: Callable[[str, Any], Any],
    function: Callable[..., Any] | None = None,
) -> Request:
    return Request(kind, _name(name), running().line(), fields, decode, function)


def _name(name: object) -> str:
    if not isinstance(name, str):
        raise UsageError(f"a step's name is a string, not {described(name)}")
    if not 1 <= len(name) <= LONGEST_NAME or any(ord(sign) < 32 or 127 <= ord(sign) < 160 for sign in name):
        raise UsageError(f"a step's name has 1 to {LONGEST_NAME} characters, none of them a control: {name[:60]!r}")
    return str(_encode("a step's name", name))


def _function(call: object) -> Callable[..., Any]:
    if isinstance(call, Tools):
        raise UsageError(f"{call!r} is not called: write {call!r}(...)")
    if isinstance(call, CoroutineType):
        raise UsageError("step.do was given a coroutine: hand over the function itself, without calling it")
    if not callable(call):
        raise UsageError(f"step.do runs a tool call or a function, not {described(call)}")
    try:
        needed = parameters(call)
    except ValueError:
        raise UsageError(
            "step.do cannot see what a built-in function takes: wrap it: lambda: function(value)"
        ) from None
    if len(needed) > 1 or any(one.kind is one.KEYWORD_ONLY for one in needed):
        raise UsageError("a step's function takes no parameter, or one for ctx: let it capture the rest")
    return call


def _retries(given: object) -> dict[str, Any]:
    if given is None:
        return dict(RETRIES)
    if not isinstance(given, Mapping):
        raise UsageError(f'retries is {described(given)}: write retries={{"limit": 3, "delay": "10 seconds"}}')
    unknown = [key for key in given if key not in RETRIES]
    if unknown:
        raise UsageError(f"retries has no {unknown[0]!r}: its keys are limit, delay and backoff")
    merged = RETRIES | dict(given)
    limit, delay, backoff = merged["limit"], merged["delay"], merged["backoff"]
    if type(limit) is not int or not 0 <= limit <= MOST_RETRIES:
        raise UsageError(f"retries: limit is {limit!r}: it must be a whole number from 0 to {MOST_RETRIES}")
    if callable(delay):
        raise UsageError('retries: a function as delay is not available yet: write "delay": "10 seconds"')
    if not isinstance(backoff, str) or backoff not in BACKOFFS:
        raise UsageError(f"retries: backoff is {backoff!r}: it must be one of {', '.join(BACKOFFS)}")
    return {"limit": limit, "delay": seconds(delay, "retries: delay", positive=False), "backoff": str(backoff)}


def _types(given: object) -> list[str]:
    types: dict[str, None] = {}
    for one in given if isinstance(given, list | tuple) else [given]:
        if not isinstance(one, str) or not EVENT_TYPE.fullmatch(one):
            raise UsageError(f"an event type is letters, digits, '_', '.' and '-', at most 100: not {one!r:.80}")
        types[one] = None
    if not types:
        raise UsageError("wait_for_event needs at least one event type")
    return list(types)


def _where(given: object) -> dict[str, list[Any]] | None:
    if given is None:
        return None
    if not isinstance(given, dict) or not all(isinstance(field, str) for field in given):
        raise UsageError('where is a dict of fields to a value or a list of values: where={"order": "17"}')
    where = {field: list(values) if isinstance(values, list | tuple) else [values] for field, values in given.items()}
    for field, values in where.items():
        if not values:
            raise UsageError(f"where: {field!r} has no value that could match")
    return {str(_encode("where", field)): [_encode("where", one) for one in where[field]] for field in where}


def _question(given: object) -> str:
    if not isinstance(given, str) or not given.strip():
        raise UsageError(f"a question is a string that is not empty, not {described(given)}")
    return str(_encode("question", given))


def _plain(call: object) -> dict[str, Any]:
    if not isinstance(call, ToolCall):
        raise UsageError(f"call= takes a tool call or a list of them, not {described(call)}")
    return plain(call)


def _schema(answer: object) -> Any:
    if answer is str:
        return {"type": "string"}
    if isinstance(answer, list | tuple):
        if not answer:
            raise UsageError("answer is an empty list: give at least one choice")
        return {"enum": _untagged([*answer])}
    if isinstance(answer, dict):
        return _untagged(answer)
    raise UsageError("answer is str, a list of choices, or a JSON schema as a dict")


def _untagged(schema: Any) -> Any:
    """Plain JSON as it was given: a schema's `$ref` is no tag."""
    _encode("answer", schema)
    try:
        return json.loads(json.dumps(schema))
    except TypeError as error:
        raise UsageError(f"answer must be plain JSON: {error}") from None


def _encode(what: str, value: object) -> Any:
    try:
        return encode(value)
    except ValueNotJson as error:
        raise UsageError(f"{what}: {error}") from None
