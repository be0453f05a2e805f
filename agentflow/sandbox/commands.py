"""Checks everything that comes out of a guest, field by field, before the host believes any of it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..errors import Diverged, GuestError, GuestLimit
from ..guest import frames
from ..records import Json
from ..records.moments import Branch, Looked, Name, Place
from . import Body, BodyCall, Command, End, GuestLimits, Turn, shapes

MEMORY = "guest_memory_mb"
"""The limit that a process has passed which says that its memory has run out."""
LARGEST_VALUE = 1024 * 1024 + 4096
"""Bytes of one command, call or result: a mebibyte, and what surrounds it."""

_NO_JSON = re.compile(r"inf|nan|\\ud")
"""In the `repr` of whatever cannot be packed: a number that is not finite, half a surrogate pair."""
_WIDEST = 4
"""Bytes that a character of a value's `repr` may need as JSON, at most: what JSON writes longer, `repr` does too."""
_AROUND = 4096
"""Bytes of a `do` around its call, at most."""
_SHORT = frozenset({"sleep", "sleep_until", "timeout", "withdraw"})


class Checks:
    """What one activation may say next: it remembers how often each name has been started."""

    def __init__(self, most_commands: int = GuestLimits().turn_commands) -> None:
        self._most_commands = most_commands
        self._occurrences: dict[str, int] = {}
        self._withdrawn: set[str] = set()
        self._calls = 0

    def turns(self, response: Json, most: int) -> list[Turn]:
        """Between one turn and `most`; the end belongs to the last."""
        answer = _fields(response, "an answer", shapes.TURNS)
        _demand(1 <= len(answer["turns"]) <= most, "an answer with as many turns as there were deliveries")
        turns = [Turn(self._commands(commands)) for commands in answer["turns"]]
        turns[-1] = Turn(turns[-1].commands, _end(answer["end"]))
        return turns

    def body(self, response: Json) -> Body:
        """New tool calls of a step's function, numbered on, or its end."""
        answer = _fields(response, "an answer", shapes.BODY)
        return Body(tuple(self._call(call) for call in answer["calls"]), _end(answer["end"]))

    def evaluated(self, response: Json, what: str) -> End:
        """What a function that was given with a step made of its outcome."""
        answer = _fields(response, "an answer", shapes.BODY)
        end = _end(answer["end"])
        _demand(not answer["calls"] and end is not None, "an end without a tool call")
        assert end is not None
        if end.error is None:
            fine = shapes.is_seconds if what == "delay" else lambda made: made is None or shapes.is_call(made)
            _demand(not end.continued and fine(end.result), "a length of time, or a tool call or nothing")
        return end

    def _commands(self, commands: Json) -> tuple[Command, ...]:
        _demand(isinstance(commands, list), "a list of commands for a turn")
        turn = tuple(self._command(command) for command in commands)
        if len(turn) > self._most_commands:
            self._check_started(sum(command.kind != "withdraw" for command in turn))
        return turn

    def _check_started(self, started: int) -> None:
        if started > self._most_commands:
            most = f"at most {self._most_commands} steps at once"
            raise GuestLimit(f"the plan's process was killed: it may start {most}, not {started}", "turn_commands")

    def _command(self, document: Json) -> Command:
        checks = shapes.of_command(document)
        if checks is None:
            raise _broken("a command of a kind that there is")
        kind = document["kind"]
        spec = dict(_fields(document, f"a command {kind}", checks))
        if not shapes.is_named(kind, spec["name"]):
            raise _broken(f"a command {kind} whose 'name' is in order")
        if not _is_small(kind, spec):
            _demand(_size(spec) <= LARGEST_VALUE, "a command of at most 1 MiB")
        del spec["kind"]
        command = Command(kind, spec.pop("name"), spec.pop("occurrence"), spec.pop("line"), spec)
        if kind == "withdraw":
            self._withdraw(command)
        else:
            self._count(command)
        return command

    def _count(self, command: Command) -> None:
        occurrence = self._occurrences.get(command.name, 0) + 1
        if command.occurrence != occurrence:
            raise _broken(f"occurrence {occurrence} of step {command.name!r}")
        self._occurrences[command.name] = occurrence

    def _withdraw(self, command: Command) -> None:
        started = command.occurrence <= self._occurrences.get(command.name, 0)
        known = started and command.key not in self._withdrawn
        _demand(known, f"to withdraw a step that has been started and not withdrawn, not {command.key!r}")
        self._withdrawn.add(command.key)

    def _call(self, document: Json) -> BodyCall:
        call = _fields(document, "a tool call", shapes.BODY_CALL)
        self._calls += 1
        _demand(call["call"] == self._calls, f"tool call number {self._calls}")
        _demand(_size(call) <= LARGEST_VALUE, "a tool call of at most 1 MiB")
        return BodyCall(call["call"], call["tool"], call["args"])


def answered(response: Json) -> Json:
    """The response itself, if it is no fault; a fault is raised."""
    if isinstance(response, dict) and "turns" in response:
        return response  # it is large, and each field of it is checked down to its last level
    _demand(shapes.is_flat(response), f"a document of at most {shapes.DEPTH} levels")
    if isinstance(response, dict) and "fault" in response:
        raise _fault(response["fault"])
    return response


def looked(response: Json) -> Looked:
    """Where a run stands."""
    answer = _fields(response, "an answer", shapes.LOOKED)
    return Looked(tuple(_branch(one) for one in answer["branches"]), answer["more"])


def _branch(document: Json) -> Branch:
    branch = _fields(document, "a branch", shapes.BRANCH)
    return Branch(branch["waits"], tuple(_place(one) for one in branch["places"]))


def _place(document: Json) -> Place:
    place = _fields(document, "a place", shapes.PLACE)
    names = tuple(Name(**_fields(one, "a name", shapes.NAME)) for one in place["names"])
    return Place(place["function"], place["line"], names)


def done(response: Json, word: str) -> None:
    """Refuse every response but `{word: true}`."""
    _demand(response == {word: True}, f"the word {word!r}")


def _fault(fault: Json) -> GuestError:
    kind = fault.get("type") if isinstance(fault, dict) else None
    message = _line(fault.get("message")) if isinstance(fault, dict) else ""
    if kind == "Diverged" and shapes.is_count(fault.get("turn")):
        return Diverged(message, fault["turn"])
    if kind == "Overdrawn" and fault.get("limit") in ("turn_commands", "turn_bytes"):
        return GuestLimit(f"{message} ({fault['limit']})", fault["limit"])
    if kind == "MemoryError":
        return _out_of_memory()
    return GuestError(f"the plan's process could not do what it was asked: {_line(kind)}: {message}")


def _out_of_memory() -> GuestLimit:
    return GuestLimit("the plan's process ran out of memory", MEMORY)


def _end(document: Json) -> End | None:
    if document is None:
        return None
    if isinstance(document, dict) and set(document) == {"error"}:
        error = _fields(document["error"], "an error", shapes.ERROR)
        _demand(_size(error) <= LARGEST_VALUE, "an error of at most 1 MiB")
        if error["type"] == "MemoryError":
            raise _out_of_memory()
        return End(error=error)
    if isinstance(document, dict) and set(document) == {"continue"}:
        _demand(_size(document["continue"]) <= LARGEST_VALUE, "a payload of at most 1 MiB")
        _demand(shapes.is_payload(document["continue"]), "a payload that is a dict")
        return End(result=document["continue"], continued=True)
    _demand(
        isinstance(document, dict) and set(document) == {"result"}, "an end with a result, a new payload or an error"
    )
    _demand(_size(document["result"]) <= LARGEST_VALUE, "a result of at most 1 MiB")
    _demand(shapes.is_value(document["result"]), "a result that is a value")
    return End(result=document["result"])


def _fields(document: Json, what: str, checks: Mapping[str, shapes.Check]) -> dict[str, Json]:
    """The document, if it has exactly these fields and each of them is in order."""
    if not isinstance(document, dict) or len(document) != len(checks):
        raise _broken(f"{what} with the fields {sorted(checks)}")
    for field, check in checks.items():
        if field not in document:
            raise _broken(f"{what} with the fields {sorted(checks)}")
        if not check(document[field]):
            raise _broken(f"{what} whose {field!r} is in order")
    return document


def _demand(held: bool, what: str) -> None:
    if not held:
        raise _broken(what)


def _broken(what: str) -> GuestError:
    return GuestError(f"the plan's process broke the protocol and was killed: expected {what}")


def _is_small(kind: str, fields: dict[str, Json]) -> bool:
    """Whether a command is far below the limit. Only of a call that has been checked is it easy to tell."""
    if kind == "do":
        return len(repr(fields["call"])) * _WIDEST + _AROUND <= LARGEST_VALUE
    return kind in _SHORT


def _size(document: Json) -> int:
    """Bytes of JSON; more than there are where that is far below every limit."""
    said = repr(document)  # much faster than JSON, in which no character takes more than six bytes
    if 6 * len(said) <= LARGEST_VALUE and not _NO_JSON.search(said):
        return 6 * len(said)
    try:
        return len(frames.pack(document))
    except frames.FrameError as error:
        raise GuestError(f"the plan's process broke the protocol and was killed: what it sent {error}") from None


def _line(text: Json) -> str:
    return " ".join(text[:2000].split())[:500] if isinstance(text, str) else ""
