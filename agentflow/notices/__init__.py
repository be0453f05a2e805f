"""Tells people that something waits for them: an outbox of rows, and a courier that takes them out of the house.

What is to be told of a question, and when, is stored in the commit that asks it: once at once, and once more for each
moment that is known then (due, escalated, expired), on each channel; a plan that waits for its review is told in the
commit that accepts it. So nothing is told of what was never asked, and nothing that was asked is forgotten in a crash.
When the moment has come and it is decided, or is not for the person whom the channel reaches, the notice is dropped.

    waiting --taken out----> sent          some server has accepted it
            --decided------> dropped       nobody needs it any more
            --MOST_TRIES---> undelivered   the last error stays with it

A notice that was taken out when the worker died is taken out again: each has an id of its own, by which the other
side can tell that it has it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from ..store import Write

PAUSES = (10.0, 30.0, 90.0, 300.0, 900.0, 1800.0, 3600.0)
"""Seconds before the second try, the third..."""
MOST_TRIES = len(PAUSES) + 1
LEASE = 60.0
"""Seconds for which a notice is in one courier's hands."""

Link = Literal["signed", "plain"]
"""How a link lets in: whoever has it, as the person it was made for; or whoever signs in."""


@dataclass(frozen=True, slots=True)
class Channel:
    """A way to people: its name, and how long it waits to see whether somebody decides by then."""

    name: str
    after: float = 0.0
    person: str | None = None
    """Whom alone it reaches, and the tenant that this is somebody of; None: it hears of everything."""
    tenant: str = ""


@dataclass(frozen=True, slots=True)
class Entrance:
    """How whoever is told gets to see it: a link, where the service has an address."""

    url: str | None = None
    kind: Link | None = None


class NotTheirs(Exception):
    """It is not for the person whom a channel reaches. The words say why."""


def planned(
    id: str, agent: str, tenant: str, channels: Sequence[Channel], created_at: float, expires_at: float | None
) -> Iterator[Write]:
    """The notices of a new question of an agent's run."""
    for channel in _hearing(channels, tenant):
        known = {"about": id, "agent": agent, "created_at": created_at, **_way(channel)}
        yield Write("insert_notice", {**known, "kind": "asked", "due_at": created_at + channel.after})
        yield Write("insert_due_notice", known)
        yield Write("insert_escalated_notice", known)
        if expires_at is not None:
            yield Write("insert_notice", {**known, "kind": "expired", "due_at": expires_at})


def reviewed(goal: str, tenant: str, channels: Sequence[Channel], now: float) -> Iterator[Write]:
    """The notices of a goal whose plan waits for a review, for the first time or again."""
    for channel in _hearing(channels, tenant):
        yield Write("insert_review_notice", {"about": goal, "now": now, "due_at": now + channel.after, **_way(channel)})


def next_try(tries: int, now: float) -> float | None:
    """When it is tried again after so many tries; None: never."""
    return now + PAUSES[tries - 1] if tries < MOST_TRIES else None


def _hearing(channels: Sequence[Channel], tenant: str) -> Iterator[Channel]:
    return (one for one in channels if one.person is None or one.tenant == tenant)


def _way(channel: Channel) -> dict[str, str | None]:
    return {"channel": channel.name, "person": channel.person}
