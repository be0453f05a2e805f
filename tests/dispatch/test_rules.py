"""The small pure rules beside the machine: delays, events, failures."""

from __future__ import annotations

import pytest

from agentflow.dispatch.events import Unread, first_wait, matches
from agentflow.dispatch.failures import failure
from agentflow.dispatch.retries import LONGEST, delay
from agentflow.records import Json


@pytest.mark.parametrize(
    ("backoff", "expected"),
    [("constant", [10, 10, 10]), ("linear", [10, 20, 30]), ("exponential", [10, 20, 40])],
)
def test_delays_grow_by_their_backoff(backoff: str, expected: list[float]) -> None:
    policy = {"limit": 3, "delay": 10.0, "backoff": backoff}
    assert [delay(policy, attempt) for attempt in (1, 2, 3)] == expected


def test_no_delay_is_longer_than_the_longest_sleep() -> None:
    assert delay({"limit": 9_999, "delay": 10.0, "backoff": "exponential"}, 9_000) == LONGEST


def event(type: str, payload: Json = None) -> Json:
    return {"type": type, "payload": payload}


@pytest.mark.parametrize(
    ("sent", "wait", "expected"),
    [
        (event("a"), {"types": ["a"]}, True),
        (event("a"), {"types": ["b", "a"], "where": None}, True),
        (event("a"), {"types": ["b"]}, False),
        (event("a", {"x": 1}), {"types": ["a"], "where": {"x": [1, 2]}}, True),
        (event("a", {"x": 3}), {"types": ["a"], "where": {"x": [1, 2]}}, False),
        (event("a", {}), {"types": ["a"], "where": {"x": [None]}}, False),
        (event("a", [1]), {"types": ["a"], "where": {"x": [1]}}, False),
    ],
)
def test_an_event_fits_by_type_and_by_the_values_asked_for(sent: Json, wait: Json, expected: bool) -> None:
    assert matches(sent, wait) is expected


def test_the_oldest_that_fits_is_taken() -> None:
    unread = Unread()
    for one in (event("b"), event("a", 1), event("a", 2)):
        unread.keep(unread.arrived(one))
    assert unread.take({"types": ["a"]}) == (2, event("a", 1))
    assert unread.take({"types": ["c"]}) is None
    assert first_wait([("x", {"types": ["c"]}), ("y", {"types": ["a"]}), ("z", {"types": ["a"]})], event("a")) == "y"
    assert first_wait([], event("a")) is None


def test_an_event_that_is_given_back_stands_at_its_old_place() -> None:
    unread = Unread()
    for one in (event("a", 1), event("a", 2)):
        unread.keep(unread.arrived(one))
    first = unread.take({"types": ["a"]})
    assert first is not None
    unread.keep(first)
    assert unread.all() == [event("a", 1), event("a", 2)]


def test_an_interruption_says_what_had_begun() -> None:
    found = failure({"interrupted": True, "mark": "mail.send"}, "function")
    assert found.unknown
    assert found.interrupted
    assert "mail.send" in found.message


def test_an_unknown_failure_is_never_final() -> None:
    body = {"error": {"type": "X", "message": "m", "final": True}, "unknown": True}
    assert (failure(body, "once").unknown, failure(body, "once").final) == (True, False)
    assert (failure(body, "read").unknown, failure(body, "read").final) == (False, True)
