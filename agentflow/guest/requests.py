"""Checks what a plan hands to the verbs, and turns it into requests: the fields of the guest protocol's commands."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from . import answers, functions
from .calls import ToolCall, Tools, approvable, plain
from .durations import ends, moment, remaining, seconds
from .exceptions import UsageError, described
from .results import encoded
from .running import Request, running
from .values import ValueNotJson, compact, encode

LONGEST_NAME = 256
MOST_RETRIES = 10_000
MOST_CALLS = 500
"""Calls that one question may be about: a person looks at them."""
MOST_APPROVERS = 100
LONGEST_APPROVER = 100
"""Characters of a person's name."""
LONGEST_MESSAGE = 1000
"""Characters of what `progress` says."""
AGENT = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
EVENT_TYPE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
BACKOFFS = ("exponential", "linear", "constant")
PATIENCE = {"do": 600.0, "wait_for_event": 86400.0, "wait_for_approval": 604800.0, "ask": 604800.0}
"""Seconds of the default timeouts."""
RETRIES: dict[str, Any] = {"limit": 5, "delay": 10.0, "backoff": "exponential"}
_POLICY = compact({"retries": RETRIES, "deadline": None, "rollback": False, "sensitive": False})[1:-1]
MISSING: Any = object()
"""Stands for a default that was not given, since None is a good one."""


def do(
    name: str,
    call: object,
    retries: object,
    timeout: object,
    deadline: object,
    rollback: object,
    sensitive: object,
) -> Request:
    """A tool call or a function as a durable step."""
    patience = _patience("do", timeout)
    undo = functions.rollback(rollback)
    merged = RETRIES if retries is None else _retries(retries)
    delay = merged["delay"] if callable(merged["delay"]) else None
    if patience and merged is RETRIES and deadline is None and undo is None and sensitive is False:
        policy = _POLICY
    else:
        fields = {
            "retries": {**merged, "delay": None} if delay else merged,
            **({} if patience else {"timeout": remaining(timeout, "timeout", running().at)}),
            "deadline": None if deadline is None else remaining(deadline, "deadline", running().at),
            "rollback": undo is not None,
            "sensitive": _flag("sensitive", sensitive),
        }
        policy = compact(fields)[1:-1]
    what = approvable(call) if isinstance(call, ToolCall) else "null"
    request = Request("do", _name(name), running().line(), f'"call":{what},{policy}', answers.value, patience)
    if not isinstance(call, ToolCall):
        request.function = functions.body(call)
    request.rollback, request.delay = undo, delay
    return request


def sleep(name: str, duration: object) -> Request:
    """A sleep of that length."""
    return _request("sleep", name, {"seconds": seconds(duration, "duration", positive=False)}, answers.nothing)


def sleep_until(name: str, when: object) -> Request:
    """A sleep to that moment."""
    return _request("sleep_until", name, {"at": moment(when, "when", running().at)}, answers.nothing)


def wait_for_event(name: str, type: object, where: object, timeout: object) -> Request:
    """A wait for the first event of these types with these fields."""
    patience = _patience("wait_for_event", timeout)
    fields = {"types": _types(type), "where": _where(where), **_ends(timeout, patience)}
    return _request("wait_for_event", name, fields, answers.event, patience)


def who(approvers: object, quorum: object = None) -> dict[str, Any]:
    """Who should decide: names, and how many of them."""
    if approvers is not None and not (isinstance(approvers, list | tuple) and approvers):
        raise UsageError(f'approvers= takes a list of names such as ["anna", "bert"], not {described(approvers)}')
    names = None if approvers is None else list(dict.fromkeys(map(_approver, approvers)))
    if quorum is None:
        return {"approvers": names}
    if type(quorum) is not int or not 1 <= quorum <= MOST_APPROVERS:
        raise UsageError(f"quorum is {quorum!r:.80}: it must be a whole number from 1 to {MOST_APPROVERS}")
    if names and len(names) < quorum:
        raise UsageError(f"quorum is {quorum}, and approvers= names only {len(names)}: name more, or ask for fewer")
    return {"approvers": names, "quorum": quorum}


def wait_for_approval(
    name: str, question: object, *, call: object, details: object, who: dict[str, Any], timeout: object
) -> Request:
    """A question that people answer with yes or no."""
    calls = call if isinstance(call, list | tuple) else [] if call is None else [call]
    if len(calls) > MOST_CALLS:
        raise UsageError(f"call= has {len(calls)} calls: one question is about at most {MOST_CALLS}; ask several")
    patience = _patience("wait_for_approval", timeout)
    fields = {
        "question": _question(question),
        "details": _encode("details", details),
        "calls": [_plain(one) for one in calls],
        "many": isinstance(call, list | tuple),
        **who,
        **_ends(timeout, patience),
    }
    return _request("wait_for_approval", name, fields, answers.approval, patience)


def ask(
    name: str,
    question: object,
    *,
    answer: object,
    default: object,
    details: object,
    who: dict[str, Any],
    timeout: object,
) -> Request:
    """A question that a person answers with a value."""
    patience = _patience("ask", timeout)
    fields = {
        "question": _question(question),
        "schema": _schema(answer),
        "default": None if default is MISSING else {"value": _encode("default", default)},
        "details": _encode("details", details),
        **who,
        **_ends(timeout, patience),
    }
    return _request("ask", name, fields, answers.value, patience)


def timeout(duration: object) -> tuple[Request, dict[str, float]]:
    """The timer of a block, and when that ends."""
    end = ends(duration, "the duration", running().at)
    return _unnamed("timeout", end, answers.nothing), end


def rollback(names: tuple[object, ...]) -> Request:
    """The rollbacks of these steps, or of all."""
    fields = {"names": [_name(name) for name in names] or None}
    return _unnamed("rollback", fields, answers.value)


def progress(message: object, fraction: object) -> Request:
    """How far the run is, for people."""
    fields = {"message": _message(message), "fraction": None if fraction is None else _fraction(fraction)}
    return _unnamed("progress", fields, answers.nothing)


def delegate(name: str, agent: object, *, goal: object, payload: object, timeout: object) -> Request:
    """A run of another agent."""
    end = {"timeout": None} if timeout is None else ends(timeout, "timeout", running().at)
    fields = {"agent": _agent(agent), "goal": None if goal is None else _goal(goal), **end}
    return _request("delegate", name, fields | {"payload": encoded("payload", payload)}, answers.value)


def concurrency(given: object) -> int | None:
    """How many items `map` may have at once; None for all."""
    if given is not None and (type(given) is not int or given < 1):
        raise UsageError(f"map: concurrency is {given!r:.80}: it must be a whole number from 1, or left out")
    return given


def mapped(function: object) -> Callable[[Any], Any]:
    """The function of `map`."""
    if isinstance(function, Tools) or not callable(function):
        raise UsageError(f"map takes a function and items, not {described(function)}: step.map(each, items)")
    return function


def continuation(payload: object) -> dict[str, Any]:
    """The payload of the next generation."""
    if not isinstance(payload, dict):
        raise UsageError(f"continue_as_new takes the next event.payload, a dict, not {described(payload)}")
    document: dict[str, Any] = encoded("the payload of step.continue_as_new", payload)
    return document


def _request(
    kind: str,
    name: object,
    fields: dict[str, Any],
    decode: Callable[[str, Any], Any],
    patience: float | None = None,
) -> Request:
    return Request(kind, _name(name), running().line(), compact(fields)[1:-1], decode, patience)


def _unnamed(kind: str, fields: dict[str, Any], decode: Callable[[str, Any], Any]) -> Request:
    return Request(kind, "", running().line(), compact(fields)[1:-1], decode)


def _name(name: object) -> str:
    if type(name) is str and name.isascii() and name.isprintable() and 0 < len(name) <= LONGEST_NAME:
        return name
    if not isinstance(name, str):
        raise UsageError(f"a step's name is a string, not {described(name)}")
    if not 1 <= len(name) <= LONGEST_NAME or any(ord(sign) < 32 or 127 <= ord(sign) < 160 for sign in name):
        raise UsageError(f"a step's name has 1 to {LONGEST_NAME} characters, none of them a control: {name[:60]!r}")
    return str(_encode("a step's name", name))


def _retries(given: object) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise UsageError(f'retries is {described(given)}: write retries={{"limit": 3, "delay": "10 seconds"}}')
    unknown = [key for key in given if key not in RETRIES]
    if unknown:
        raise UsageError(f"retries has no {unknown[0]!r}: its keys are limit, delay and backoff")
    merged = RETRIES | dict(given)
    limit, delay, backoff = merged["limit"], merged["delay"], merged["backoff"]
    if type(limit) is not int or not 0 <= limit <= MOST_RETRIES:
        raise UsageError(f"retries: limit is {limit!r}: it must be a whole number from 0 to {MOST_RETRIES}")
    if not isinstance(backoff, str) or backoff not in BACKOFFS:
        raise UsageError(f"retries: backoff is {backoff!r}: it must be one of {', '.join(BACKOFFS)}")
    known = functions.delay(delay) if callable(delay) else seconds(delay, "retries: delay", positive=False)
    return {"limit": limit, "delay": known, "backoff": str(backoff)}


def _patience(verb: str, timeout: object) -> float | None:
    """The seconds of the default timeout, where the plan gave none."""
    return PATIENCE[verb] if timeout is MISSING else None


def _ends(timeout: object, patience: float | None) -> dict[str, float]:
    """When a wait ends; the default timeout is not among its fields yet, since it follows the block around it."""
    return {} if patience is not None else ends(timeout, "timeout", running().at)


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


def _approver(given: object) -> str:
    if isinstance(given, str) and given.isprintable() and 1 <= len(given.strip()) == len(given) <= LONGEST_APPROVER:
        return str(given)
    raise UsageError(f"an approver is a person's name, 1 to {LONGEST_APPROVER} characters, not {given!r:.80}")


def _question(given: object) -> str:
    if not isinstance(given, str) or not given.strip():
        raise UsageError(f"a question is a string that is not empty, not {described(given)}")
    return str(_encode("question", given))


def _goal(given: object) -> str:
    if not isinstance(given, str) or not given.strip():
        raise UsageError(f"a goal is a string that is not empty, not {described(given)}: leave it out to run its plan")
    return str(_encode("goal", given))


def _agent(given: object) -> str:
    if not isinstance(given, str) or not AGENT.fullmatch(given):
        raise UsageError(f"delegate takes the name of an agent, not {given!r:.80}")
    return given


def _message(given: object) -> str:
    if not isinstance(given, str) or not 1 <= len(given) <= LONGEST_MESSAGE:
        raise UsageError(f"progress takes a message of 1 to {LONGEST_MESSAGE} characters, not {given!r:.80}")
    return str(_encode("message", given))


def _fraction(given: object) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 <= given <= 1:
        raise UsageError(f"progress: fraction is {given!r:.80}: it must be a number from 0 to 1")
    return float(given)


def _flag(what: str, given: object) -> bool:
    if not isinstance(given, bool):
        raise UsageError(f"{what}= is {described(given)}: write {what}=True or leave it out")
    return given


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
