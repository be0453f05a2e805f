"""What a plan is handed: events, approvals, and what a step's function may know of its attempt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from .calls import ToolCall, tool_call
from .values import decode


@dataclass(frozen=True, slots=True)
class Event:
    """A message to the run; as `event` of `run`, what the run was started with."""

    type: str | None
    """None where it started the run."""
    payload: Any
    """What was sent with it; of the event that started the run, a dict."""
    timestamp: datetime
    """When it was stored, in UTC."""
    id: str
    run: str | None = None
    """The run's id, and the name of its agent: of the event that started it only."""
    agent: str | None = None
    schedule: Any = None
    """Of a run that a schedule started: its name, and the time that was meant."""


@dataclass(frozen=True, slots=True)
class Approval:
    """A person's yes: who, when, with which comment, and the calls that it covers."""

    by: list[str]
    """Who agreed."""
    comment: str | None
    decided_at: datetime
    call: ToolCall | None
    """The call as it was approved, where one was asked about."""
    calls: list[ToolCall]
    """All calls as they were approved, in the order in which they were asked about."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a step's function may know of itself: its parameter `ctx`."""

    attempt: int
    """1 for the first."""
    name: str
    occurrence: int
    """1 for the first step of this name in the run, 2 for the second."""


def opening_event(event: dict[str, Any], run: str, agent: str) -> Event:
    """The `event` of a run, a new copy for each activation."""
    return Event(
        type=None,
        payload=decode(event["payload"]),
        timestamp=moment(event["timestamp"]),
        id=event["id"],
        run=run,
        agent=agent,
        schedule=decode(event.get("schedule")),
    )


def value(key: str, delivered: Any) -> Any:
    """The result of a tool, a function or a question."""
    return decode(delivered)


def nothing(key: str, delivered: Any) -> None:
    """What a sleep gives."""


def event(key: str, delivered: Any) -> Event:
    """The event that a wait was bound to."""
    sent = moment(delivered["timestamp"])
    return Event(type=delivered["type"], payload=decode(delivered["payload"]), timestamp=sent, id=delivered["id"])


def approval(key: str, delivered: Any) -> Approval:
    """The decision on the step `key`; its calls carry that key, so that the host knows them again."""
    calls = [tool_call(call["tool"], call["args"], approval=key) for call in delivered["calls"]]
    return Approval(
        by=list(delivered["by"]),
        comment=delivered["comment"],
        decided_at=moment(delivered["decided_at"]),
        call=calls[0] if len(calls) == 1 else None,
        calls=calls,
    )


def moment(at: float) -> datetime:
    """Epoch seconds as an aware datetime."""
    return datetime.fromtimestamp(at, UTC)
