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
    payload: Any
    timestamp: datetime
    id: str
    run: str | None = None
    agent: str | None = None
    schedule: Any = None


@dataclass(frozen=True, slots=True)
class Approval:
    """A person's yes: who, when, with which comment, and the calls that it covers."""

    by: list[str]
    comment: str | None
    decided_at: datetime
    call: ToolCall | None
    """The approved call, where one was asked about."""
    calls: list[ToolCall]


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a step's function may know of itself: its parameter `ctx`."""

    attempt: int
    name: str
    occurrence: int


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
