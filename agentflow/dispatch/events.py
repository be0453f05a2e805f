"""Which event goes to which wait: first in, first out, one event to one wait. Pure."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable
from typing import TypeVar

from ..records import Json

T = TypeVar("T")


class Unread:
    """The events of a run that no wait has taken, in the order in which they came."""

    def __init__(self) -> None:
        self._events: list[tuple[int, Json]] = []
        self._came = 0

    def arrived(self, event: Json) -> tuple[int, Json]:
        """Number an event that has just come."""
        self._came += 1
        return self._came, event

    def keep(self, numbered: tuple[int, Json]) -> None:
        """Keep an event, at its place: it is new, or a wait that took it was let go before the plan heard of it."""
        insort(self._events, numbered, key=lambda one: one[0])

    def take(self, wait: Json) -> tuple[int, Json] | None:
        """The oldest event that fits a wait."""
        found = next((one for one in self._events if matches(one[1], wait)), None)
        if found is not None:
            self._events.remove(found)
        return found

    def all(self) -> list[Json]:
        """Every one, the oldest first."""
        return [event for _, event in self._events]


def matches(event: Json, wait: Json) -> bool:
    """Whether an event's type is one that the wait names, and its payload has the values that `where` asks for."""
    if event["type"] not in wait["types"]:
        return False
    payload = event["payload"] if isinstance(event["payload"], dict) else {}
    wanted: dict[str, list[Json]] = wait.get("where") or {}
    return all(field in payload and payload[field] in values for field, values in wanted.items())


def first_wait(waits: Iterable[tuple[T, Json]], event: Json) -> T | None:
    """The oldest open wait that an event fits."""
    return next((owner for owner, wait in waits if matches(event, wait)), None)
