"""What tools answer in a walk, what events and other agents say: as it is given, else made up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..errors import UnknownOutcome
from ..guest.values import encode
from ..guest.verbs import NonRetryableError
from ..records import Json, ToolSpec
from ..tools.context import ToolContext
from ..tools.results import plain
from . import Answer, CallOutcome, Given, Made, stubs
from .guesses import PAYLOAD

AGENT = "agent:"
"""Before the name of an agent: its answers stand among those of tools."""


class Desk:
    """Answers in one walk, and keeps what was asked."""

    def __init__(self, given: Given, now: Callable[[], float]) -> None:
        self._given = given
        self._now = now
        self._used: set[tuple[str, int]] = set()
        self._order = 0
        self.calls: list[Made] = []
        self.made_up: dict[str, None] = {}
        """Whose values were made up, in order."""
        self.guessed: dict[str, None] = {}
        self.played: set[str] = set()
        """Of what was given, that which was used."""

    def order(self) -> int:
        """The number of what happens now."""
        self._order += 1
        return self._order

    def called(self, spec: ToolSpec, args: Mapping[str, Any], context: ToolContext) -> Any:
        """The result of a tool, or what it raises."""
        answer = self._given_for(spec.name, args)
        outcome = _outcome(answer)
        value = self._made(spec.name, stubs.result(spec, args)) if answer is None else plain(spec.name, answer.value)
        result = encode(value) if outcome == "ok" else None
        what = (self.order(), spec.name, encode(dict(args)), context.step, context.attempt)
        self.calls.append(Made(*what, outcome, result, self._now()))
        if answer is not None and answer.fails is not None:
            raise _error(answer)
        return value

    def payload(self) -> Mapping[str, Any]:
        """What the run is for: as it is given, else a guess."""
        if self._given.payload is not None:
            return self._given.payload
        guess = self._made(PAYLOAD, stubs.make({}))
        return guess if isinstance(guess, dict) else {}

    def happened(self, spec: ToolSpec, args: Mapping[str, Any]) -> Json:
        """The result of a call of which somebody says that it happened."""
        return encode(self._made(spec.name, stubs.result(spec, args)))

    def event(self, type: str, where: Mapping[str, Sequence[Json]] | None) -> Json:
        """The payload of an event that a plan waits for."""
        wanted = {field: values[0] for field, values in (where or {}).items()}
        payload = encode(self._made(f"event {type}", stubs.make({})))
        return {**payload, **wanted} if isinstance(payload, dict) else wanted or payload

    def answer(self, step: str, schema: Json) -> Json:
        """What a person answers."""
        return encode(self._made(f"answer {step}", stubs.make(schema, step)))

    def delegated(self, agent: str, payload: Json) -> dict[str, Json]:
        """What another agent's run comes to, as the run that waits is told."""
        answer = self._given_for(f"{AGENT}{agent}", payload if isinstance(payload, dict) else {})
        if answer is None:
            return {"ok": encode(self._made(f"{AGENT}{agent}", stubs.make({})))}
        if answer.fails is None:
            return {"ok": encode(answer.value)}
        return {"error": {"type": answer.type, "message": answer.fails, "data": None, "fault": "tool"}}

    def _given_for(self, name: str, args: Mapping[str, Any]) -> Answer | None:
        """The next of the answers that fit these arguments; the last of them again, once all are used."""
        fitting = [(name, i) for i, one in enumerate(self._given.answers.get(name, ())) if _covers(one.when, args)]
        if not fitting:
            return None
        chosen = next((one for one in fitting if one not in self._used), fitting[-1])
        self._used.add(chosen)
        self.played.add(name)
        return self._given.answers[name][chosen[1]]

    def _made(self, whose: str, stub: stubs.Stub) -> Any:
        self.made_up[whose] = None
        if not stub.sure:
            self.guessed[whose] = None
            return _filled(stub.value, self._given.guesses.value(whose))
        return stub.value


def _outcome(answer: Answer | None) -> CallOutcome:
    if answer is None or answer.fails is None:
        return "ok"
    return "unknown" if answer.unknown else "failed"


def _covers(wanted: Any, found: Any) -> bool:
    """Whether what is wanted is in what is found: of an object these keys, of all else the same."""
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        return all(key in found and _covers(value, found[key]) for key, value in wanted.items())
    return bool(wanted == found)


def _filled(made: Any, guess: Any) -> Any:
    """A made-up value with a guess wherever no schema says what is there."""
    match made:
        case {stubs.MARK: stubs.NOTHING_KNOWN}:
            return guess
        case {stubs.MARK: _} if isinstance(guess, dict):
            return {**guess, **made}
        case dict():
            return {key: _filled(value, guess) for key, value in made.items()}
        case list():
            return [_filled(value, guess) for value in made]
    return made


def _error(answer: Answer) -> Exception:
    """An error as a tool would raise it: by the name that is given."""
    message = answer.fails or ""
    if answer.unknown:
        return UnknownOutcome(message)
    if answer.type == NonRetryableError.__name__:
        return NonRetryableError(message)
    kind: type[Exception] = type(answer.type, (Exception,), {})
    return kind(message)
