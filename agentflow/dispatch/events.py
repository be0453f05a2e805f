"""Which event goes to which wait: first in, first out, one event to one wait."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from ..records import Json

T = TypeVar("T")


def matches(event: Json, wait: Json) -> bool:
    """Whether an event's type is one that the wait names, and its payload has the values that `where` asks for."""
    if event["type"] not in wait["types"]:
        return False
    payload = event["payload"] if isinstance(event["payload"], dict) else {}
    wanted: dict[str, list[Json]] = wait.get("where") or {}
    return all(field in payload and payload[field] in values for field, values in wanted.items())


def first_event(events: Iterable[Json], wait: Json) -> Json | None:
    """The oldest unread event that fits a wait."""
    return next((event for event in events if matches(event, wait)), None)


def first_wait(waits: Iterable[tuple[T, Json]], event: Json) -> T | None:
    """The oldest open wait that an event fits."""
    return next((owner for owner, wait in waits if matches(event, wait)), None)
