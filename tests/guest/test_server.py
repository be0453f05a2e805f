"""The guest's operations as the host asks for them, in this process."""

from __future__ import annotations

import base64
import io
import json
import marshal
from typing import Any

import pytest

from agentflow.guest import frames
from agentflow.guest.server import Guest, serve

from .plays import compiled, plan

EVENT = {"id": "e", "payload": {"n": 1}, "timestamp": 1.0, "schedule": None}
OPEN = {"op": "open", "activation": "a1", "run": "run_1", "generation": 1, "agent": "refunds", "event": EVENT}
START = {"op": "turns", "activation": "a1", "deliveries": [{"at": 1, "start": True}]}


def load(body: str) -> dict[str, Any]:
    """A request to load a plan with this body."""
    code = base64.b64encode(marshal.dumps(compiled(plan(body)))).decode()
    return {"op": "load", "code": code, "entry": "Plan"}


class Parsed:
    """A guest whose answers are read."""

    def __init__(self) -> None:
        self._guest = Guest()

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """What it answers."""
        answer: dict[str, Any] = json.loads(self._guest.answer(request))
        return answer


def guest(body: str = "return event.payload") -> Parsed:
    """A guest that holds this plan and has opened `a1`."""
    fresh = Parsed()
    assert fresh.answer(load(body)) == {"loaded": True}
    assert fresh.answer(OPEN) == {"opened": True}
    return fresh


def test_a_run_from_load_to_close() -> None:
    ours = guest()
    assert ours.answer(START) == {"turns": [[]], "end": {"result": {"n": 1}}}
    assert ours.answer({"op": "close", "activation": "a1"}) == {"closed": True}


def test_a_steps_function_is_called_and_answered() -> None:
    ours = guest("async def work():\n    return await tools.a.b()\nawait step.do('x', work)")
    ours.answer(START)
    called = ours.answer({"op": "call", "activation": "a1", "key": "x#1", "attempt": 1, "at": 2.0})
    assert called["calls"] == [{"call": 1, "tool": "a.b", "args": {}}]
    answered = ours.answer({"op": "answer", "activation": "a1", "call": 1, "ok": 5})
    assert answered == {"calls": [], "end": {"result": 5}}


@pytest.mark.parametrize(
    ("request_", "type_", "message"),
    [
        ({}, "KeyError", "'op'"),
        ({"op": "fly"}, "Misuse", "there is no operation 'fly'"),
        ({"op": "load", "code": "", "entry": "Plan"}, "Misuse", "holds code already"),
        (OPEN, "Misuse", "cannot be opened"),
        ({**OPEN, "activation": "a2", "event": {}}, "KeyError", "timestamp"),
        ({**START, "activation": "a2"}, "Misuse", "activation 'a2' is not open"),
        ({"op": "close", "activation": "a2"}, "Misuse", "activation 'a2' is not open"),
        ({"op": "call", "activation": "a1", "key": "x#1", "attempt": 1, "at": 1}, "Misuse", "not a function step"),
    ],
)
def test_misuse_is_a_fault_and_not_the_end(request_: dict[str, Any], type_: str, message: str) -> None:
    ours = guest()
    fault = ours.answer(request_)["fault"]
    assert fault["type"] == type_
    assert message in fault["message"]
    assert ours.answer(START)["end"] == {"result": {"n": 1}}


def test_a_divergence_names_the_turn() -> None:
    ours = guest("await step.sleep('x', 1)")
    deliveries = [{"at": 1, "start": True}, {"at": 1, "key": "y#1", "ok": None}]
    fault = ours.answer({**START, "deliveries": deliveries})["fault"]
    message = "the history delivers 'y#1', but this code waits for 'x#1'"
    assert fault == {"type": "Diverged", "message": message, "turn": 2}


@pytest.mark.parametrize("blob", [b"", b"nonsense", marshal.dumps("no code")])
def test_what_is_no_code_is_not_loaded(blob: bytes) -> None:
    request = {"op": "load", "code": base64.b64encode(blob).decode(), "entry": "Plan"}
    assert "fault" in Parsed().answer(request)


def test_without_code_nothing_opens() -> None:
    assert "no code is loaded" in Parsed().answer(OPEN)["fault"]["message"]


def served(*requests: Any, by: Guest) -> list[Any]:
    """The responses to a stream of requests."""
    responses = io.BytesIO()
    serve(io.BytesIO(b"".join(frames.pack(request) for request in requests)), responses, by)
    responses.seek(0)
    return list(iter(lambda: frames.read(responses), None))


def test_requests_are_answered_in_order_until_they_end() -> None:
    answers = served(load("return 1"), OPEN, START, by=Guest())
    assert answers == [{"loaded": True}, {"opened": True}, {"turns": [[]], "end": {"result": 1}}]


class Verbose(Guest):
    """A guest with an answer that no frame can hold."""

    def answer(self, request: dict[str, Any]) -> str:
        return f'"{"x" * frames.LIMIT}"'


def test_an_answer_that_does_not_fit_is_a_fault() -> None:
    (answer,) = served({}, by=Verbose())
    assert answer["fault"]["type"] == "FrameError"
