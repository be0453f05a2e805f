"""What a guest says may be anything: the host believes it, or kills the guest, and never breaks."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentflow.errors import GuestError
from agentflow.guest import frames
from agentflow.sandbox.commands import Checks, answered, done

from ..fakes.untraced import untraced

CALL = {"tool": "mail.send", "args": {"to": "a", "n": [1, {"$decimal": "1.5"}]}}
DO = {"kind": "do", "name": "a", "occurrence": 1, "line": 3, "call": {**CALL, "approval": None}} | {
    "retries": {"limit": 5, "delay": 10.0, "backoff": "linear"},
    "timeout": 600.0,
    "deadline": None,
    "rollback": False,
    "sensitive": False,
}
SLEEP = {"kind": "sleep", "name": "b", "occurrence": 1, "line": None, "seconds": 5.0}
ASK = {"kind": "ask", "name": "c", "occurrence": 1, "line": 1, "question": "?", "schema": {"enum": [1]}} | {
    "default": {"value": 1},
    "details": None,
    "approvers": None,
    "until": 1e9,
}
WITHDRAW = {"kind": "withdraw", "name": "b", "occurrence": 1, "line": None}
ERROR = {"kind": "Error", "type": "E", "message": "m", "data": None, "step": None, "attempts": None} | {
    "by": None,
    "reason": None,
    "line": 3,
}
ANSWERS: list[Any] = [
    {"turns": [[DO, SLEEP], [ASK, WITHDRAW]], "end": None},
    {"turns": [[]], "end": {"error": ERROR}},
    {"turns": [[SLEEP]], "end": {"result": {"a": [1, "b", None, 2.5, {"$datetime": "2026-01-01T00:00:00+00:00"}]}}},
    {"turns": [[]], "end": {"continue": {"a": 1}}},
    {"calls": [{"call": 1, **CALL}], "end": None},
    {"calls": [], "end": {"result": 12.5}},
    {"fault": {"type": "Diverged", "message": "m", "turn": 3}},
    {"loaded": True},
]
ODD: list[Any] = [
    None, True, False, 0, -1, 1, 2**31, 2**70, 1.5, 1e308, float("inf"), float("nan"), "", "a", "a" * 300, "\ud800",
    "\x00", "$dict", "$decimal", "a.b", [], [[]], {}, {"$dict": {}}, {"$decimal": "x"}, {"$bytes": "!"},
    {"kind": "do"}, {"value": 1},
]  # fmt: skip
READERS: list[Callable[[Any], object]] = [
    lambda said: Checks().turns(answered(said), 3),
    lambda said: Checks().body(answered(said)),
    lambda said: Checks().evaluated(answered(said), "delay"),
    lambda said: Checks().evaluated(answered(said), "rollback"),
    lambda said: done(answered(said), "loaded"),
]
SEEDS = st.integers(0, 2**64)


def mutated(random: Random) -> Any:
    """An answer with a few of its parts exchanged, taken out, doubled or nested."""
    answer = deepcopy(random.choice(ANSWERS))
    for _ in range(random.randint(0, 3)):
        holders = [part for part in _parts(answer) if part]
        if holders:
            _change(random, random.choice(holders))
    return answer


def _parts(value: Any) -> list[Any]:
    """The lists and dicts in it."""
    below = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    own = [value] if isinstance(value, dict | list) else []
    return own + [part for item in below for part in _parts(item)]


def _change(random: Random, holder: Any) -> None:
    key = random.choice([*holder] if isinstance(holder, dict) else range(len(holder)))
    match random.randrange(5):
        case 0:
            holder[key] = deepcopy(random.choice(ODD))
        case 1:
            del holder[key]
        case 2:
            holder[key] = [deepcopy(holder[key])] * random.choice([2, 1001])
        case 3:
            holder[key] = _nested(random.choice([3, 70, 200]), holder[key], random.choice(["list", "dict"]))
        case 4 if isinstance(holder, dict):
            holder[random.choice(["kind", "$dict", "x", "until", "timeout"])] = deepcopy(random.choice(ODD))


def _nested(depth: int, value: Any, kind: str) -> Any:
    for _ in range(depth):
        value = [value] if kind == "list" else {"a": value}
    return value


@pytest.mark.parametrize("answer", ANSWERS[:6], ids=str)
def test_what_is_mutated_is_believed_as_it_was(answer: Any) -> None:
    reader = READERS["calls" in answer and (2 if answer["end"] else 1)]
    assert reader(deepcopy(answer))


@given(SEEDS)
def test_an_answer_is_believed_or_the_guest_is_at_fault(seed: int) -> None:
    said = mutated(Random(seed))
    for reader in READERS:
        copy = deepcopy(said)
        start = time.thread_time()
        with untraced(), suppress(GuestError):
            reader(copy)
        assert time.thread_time() - start < 1


@given(st.binary(max_size=200) | SEEDS.map(lambda seed: _bytes(Random(seed))))
def test_a_frame_is_a_document_or_an_error(body: bytes) -> None:
    try:
        message = frames.unpack(body)
    except frames.FrameError:
        return
    json.dumps(message, ensure_ascii=False).encode()


def _bytes(random: Random) -> bytes:
    """The text of an answer with some of its bytes exchanged."""
    body = bytearray(json.dumps(mutated(random)).encode())
    for _ in range(random.randint(0, 5)):
        body[random.randrange(len(body))] = random.choice(b'{}[]",:\\0e9u\xff\x00')
    return bytes(body)


DEEP = [
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b"[" * 100_000 + b"]" * 100_000,
    b"9" * 100_000,
    b"1e999",
    b"-",
    b'"\\ud800"',
]


@pytest.mark.parametrize("body", DEEP, ids=lambda body: str(body[:10]))
def test_a_frame_that_is_made_to_break_its_reader_is_an_error(body: bytes) -> None:
    try:
        frames.unpack(body)
    except frames.FrameError:
        return
    assert body == b"1e999", "only a number that is not finite gets this far: the shapes refuse it"


def test_a_fault_of_four_megabytes_is_cut_before_it_is_read() -> None:
    """The event loop waits for it."""
    faults: list[Any] = [{"type": "x", "message": "a " * 2_000_000}, {"type": [1] * 1_000_000, "message": "a"}]
    for fault in faults:
        start = time.thread_time()
        with untraced(), pytest.raises(GuestError) as caught:
            answered({"fault": fault})
        assert len(str(caught.value)) < 1200
        assert time.thread_time() - start < 0.5
