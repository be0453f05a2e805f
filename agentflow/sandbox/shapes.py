"""The shapes of the guest protocol: what each field of a command, a call, an error may hold."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from ..guest.values import ValueNotJson, compact, decode
from ..records import Json

LONGEST_NAME = 256
DEEPEST_VALUE = 64
DEPTH = 160
"""Levels of a document: 64 of the value, as many tags around them, and the protocol's own."""
LONGEST_MESSAGE = 1000
MOST_CALLS = 500
"""Calls that one question may be about."""
MOST_APPROVERS = 100
LONGEST_APPROVER = 100
LONGEST_SECONDS = 365 * 86400
LATEST_MOMENT = 253402300799.0
"""The end of the year 9999."""

ERROR_KINDS = frozenset(
    {
        "StepFailed",
        "StepTimeout",
        "WaitTimeout",
        "ApprovalRejected",
        "ApprovalExpired",
        "PlanFailed",
        "NonRetryableError",
        "Error",
    }
)

UNNAMED = frozenset({"timeout", "rollback", "progress"})
"""Kinds of commands without a name; they share one count of occurrences."""
_ENDING = frozenset({"wait_for_event", "wait_for_approval", "ask", "delegate", "timeout"})
_CALL = {"tool", "args"}
_APPROVABLE = {"tool", "args", "approval"}
_RETRIES = {"limit", "delay", "backoff"}

Check = Callable[[Any], bool]

_TOOL = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*(\.[A-Za-z_][A-Za-z0-9_-]*)+")
_AGENT = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_TYPE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")


def of_command(document: Json) -> Mapping[str, Check] | None:
    """What each field of a command may hold; None where it is of no kind that there is.

    A wait ends after a time or at a moment; it says one of the two.
    """
    kind = document.get("kind") if isinstance(document, dict) else None
    if not isinstance(kind, str):
        return None
    return (_UNTIL if kind in _ENDING and "until" in document else _WITHIN).get(kind)


def is_flat(document: Json) -> bool:
    """Whether a document has at most `DEPTH` levels."""
    level = [document]
    for _ in range(DEPTH):
        inner = [item for item in level if isinstance(item, (dict, list)) and item]
        if not inner:
            return True
        level = [part for item in inner for part in (item.values() if isinstance(item, dict) else item)]
    return False


def _is_text(value: Json) -> bool:
    return isinstance(value, str)


def _is_word(value: Json) -> bool:
    """Whether it is what people may be shown as a name of a plan's."""
    return isinstance(value, str) and len(value) <= LONGEST_NAME and value.isprintable()


def _is_list(value: Json) -> bool:
    return isinstance(value, list)


def is_named(kind: str, name: str) -> bool:
    """Whether a command of that kind may have this name."""
    return _is_name(name) if kind not in UNNAMED and (kind != "withdraw" or name) else name == ""


def _is_name(value: Json) -> bool:
    if not isinstance(value, str) or not 1 <= len(value) <= LONGEST_NAME:
        return False
    return (value.isascii() and value.isprintable()) or not any(map(_is_strange, value))


def _is_strange(sign: str) -> bool:
    """Whether it is a control, or half of a surrogate pair."""
    return ord(sign) < 32 or 127 <= ord(sign) < 160 or 0xD800 <= ord(sign) < 0xE000


def is_count(value: Json) -> bool:
    """Whether it counts from 1."""
    return type(value) is int and 1 <= value < 2**31


def _is_whole(value: Json) -> bool:
    return type(value) is int and 0 <= value < 2**31


def _is_number(value: Json) -> bool:
    return type(value) in {int, float} and abs(value) < 1e15 and math.isfinite(value)


def is_seconds(value: Json) -> bool:
    """Whether it is a length of time."""
    return _is_number(value) and 0 <= value <= LONGEST_SECONDS


def _is_timeout(value: Json) -> bool:
    return is_seconds(value) and value > 0


def _is_moment(value: Json) -> bool:
    return _is_number(value) and -LATEST_MOMENT <= value <= LATEST_MOMENT


def _is_tool(value: Json) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_NAME and _is_tool_name(value)


@lru_cache(maxsize=256)
def _is_tool_name(name: str) -> bool:
    return _TOOL.fullmatch(name) is not None


def is_call(value: Json) -> bool:
    """Whether it is a tool and its arguments."""
    return isinstance(value, dict) and value.keys() == _CALL and _is_tool(value["tool"]) and _is_args(value["args"])


def _is_args(value: Json) -> bool:
    """Arguments by name, each a value. A name that looks like a tag would make the whole of them one value."""
    if not isinstance(value, dict):
        return False
    for name in value:
        if name[:1] == "$":
            return False
    return is_value(value)


def is_value(value: Json) -> bool:
    """Whether it can be decoded, as it will be by those who read it, and stored."""
    if _is_plain(value, 0):
        return True
    try:
        decode(value)
        compact(value).encode()
    except ValueError:  # `ValueNotJson`, a number that is not finite, half a surrogate pair
        return False
    return True


def _is_plain(value: Json, depth: int) -> bool:
    """Whether it is a value, told without building it: one of plain text, and without tags."""
    kind = type(value)
    if kind is str:
        return bool(value.isascii())
    if kind is dict:
        if depth >= DEEPEST_VALUE or (len(value) == 1 and next(iter(value))[:1] == "$"):
            return False
        for name, item in value.items():
            plain = item.isascii() if type(item) is str else _is_plain(item, depth + 1)
            if not plain or not name.isascii():
                return False
        return True
    if kind is list:
        return depth < DEEPEST_VALUE and all(_is_plain(item, depth + 1) for item in value)
    return kind is not float or math.isfinite(value)


def _is_approvable(value: Json) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() == _APPROVABLE
        and _is_tool(value["tool"])
        and _is_args(value["args"])
        and (value["approval"] is None or _is_key(value["approval"]))
    )


def _is_key(value: Json) -> bool:
    if not isinstance(value, str):
        return False
    name, _, occurrence = value.rpartition("#")
    return _is_name(name) and occurrence.isascii() and occurrence.isdigit() and 1 <= len(occurrence) <= 9


def _is_retries(value: Json) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() == _RETRIES
        and _is_whole(value["limit"])
        and value["limit"] <= 10_000
        and (value["delay"] is None or is_seconds(value["delay"]))
        and value["backoff"] in ("exponential", "linear", "constant")
    )


def _is_types(value: Json) -> bool:
    return _is_list(value) and bool(value) and all(_is_text(one) and _TYPE.fullmatch(one) for one in value)


def _is_where(value: Json) -> bool:
    return isinstance(value, dict) and all(
        _is_list(values) and values and is_value(values) for values in value.values()
    )


def _is_default(value: Json) -> bool:
    return isinstance(value, dict) and set(value) == {"value"} and is_value(value["value"])


def _is_error_kind(value: Json) -> bool:
    return isinstance(value, str) and value in ERROR_KINDS


def _is_texts(value: Json) -> bool:
    return _is_list(value) and all(_is_text(one) for one in value)


def _is_calls(value: Json) -> bool:
    return _is_list(value) and len(value) <= MOST_CALLS and all(is_call(one) for one in value)


def _is_approvers(value: Json) -> bool:
    few = _is_list(value) and 0 < len(value) <= MOST_APPROVERS
    return few and all(_is_name(one) and len(one) <= LONGEST_APPROVER for one in value)


def _is_quorum(value: Json) -> bool:
    return is_count(value) and value <= MOST_APPROVERS


def _or_none(check: Check) -> Check:
    return lambda value: value is None or check(value)


def _is_names(value: Json) -> bool:
    return _is_list(value) and bool(value) and all(_is_name(one) for one in value)


def _is_agent(value: Json) -> bool:
    return isinstance(value, str) and _AGENT.fullmatch(value) is not None


def _is_message(value: Json) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= LONGEST_MESSAGE


def _is_fraction(value: Json) -> bool:
    return _is_number(value) and 0 <= value <= 1


def is_payload(value: Json) -> bool:
    """Whether it decodes to a dict."""
    try:
        return isinstance(decode(value), dict)
    except ValueNotJson:
        return False


def _is_flag(value: Json) -> bool:
    return isinstance(value, bool)


def _is_document(value: Json) -> bool:
    return isinstance(value, dict) and is_flat(value)


TURNS: dict[str, Check] = {"turns": _is_list, "end": _or_none(_is_document)}
BODY: dict[str, Check] = {"calls": _is_list, "end": _or_none(_is_document)}
LOOKED: dict[str, Check] = {"branches": _is_list, "more": _is_whole}
BRANCH: dict[str, Check] = {"waits": _or_none(_is_key), "places": _is_list}
PLACE: dict[str, Check] = {"function": _is_word, "line": is_count, "names": _is_list}
NAME: dict[str, Check] = {"name": _is_word, "type": _is_word, "value": is_value, "size": _or_none(_is_whole)}
BODY_CALL: dict[str, Check] = {"call": is_count, "tool": _is_tool, "args": _is_args}
HEAD: dict[str, Check] = {
    "kind": _is_text,
    "name": _is_text,
    "occurrence": is_count,
    "line": _or_none(is_count),
}
COMMANDS: dict[str, dict[str, Check]] = {
    "do": {
        "call": _or_none(_is_approvable),
        "retries": _is_retries,
        "timeout": _is_timeout,
        "deadline": _or_none(_is_timeout),
        "rollback": _is_flag,
        "sensitive": _is_flag,
    },
    "sleep": {"seconds": is_seconds},
    "sleep_until": {"at": _is_moment},
    "wait_for_event": {"types": _is_types, "where": _or_none(_is_where)},
    "wait_for_approval": {
        "question": _is_text,
        "details": is_value,
        "calls": _is_calls,
        "many": _is_flag,
        "approvers": _or_none(_is_approvers),
        "quorum": _is_quorum,
    },
    "ask": {
        "question": _is_text,
        "schema": _is_document,
        "default": _or_none(_is_default),
        "details": is_value,
        "approvers": _or_none(_is_approvers),
    },
    "delegate": {"agent": _is_agent, "goal": _or_none(_is_text), "payload": is_value},
    "timeout": {},
    "rollback": {"names": _or_none(_is_names)},
    "progress": {"message": _is_message, "fraction": _or_none(_is_fraction)},
    "withdraw": {},
}
_COMMANDS: dict[str, dict[str, Check]] = {kind: HEAD | checks for kind, checks in COMMANDS.items()}
_UNTIL = {kind: _COMMANDS[kind] | {"until": _is_moment} for kind in _ENDING}
_WITHIN = _COMMANDS | {kind: _COMMANDS[kind] | {"timeout": _is_timeout} for kind in _ENDING}
_WITHIN["delegate"] = _COMMANDS["delegate"] | {"timeout": _or_none(_is_timeout)}  # or for ever
ERROR: dict[str, Check] = {
    "kind": _is_error_kind,
    "type": _is_text,
    "message": _is_text,
    "data": is_value,
    "step": _or_none(_is_text),
    "attempts": _or_none(_is_whole),
    "by": _or_none(_is_texts),
    "reason": _or_none(_is_text),
    "line": _or_none(is_count),
}
