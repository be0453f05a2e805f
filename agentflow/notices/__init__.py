"""Tells people that something waits for them: an outbox of rows, and a courier that takes them out of the house.

What is to be told of a question, and when, is stored in the commit that asks it: once at once, and once more for each
moment that is known then (due, escalated, expired), on each channel. So nothing is told of what was never asked,
and nothing that was asked is forgotten in a crash. When the moment has come and the question is decided, the notice is
dropped.

    waiting --taken out----> sent          some server has accepted it
            --decided------> dropped       nobody needs it any more
            --MOST_TRIES---> undelivered   the last error stays with it

A notice that was taken out when the worker died is taken out again: each has an id of its own, by which the other
side can tell that it has it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..records import Json, Risk
from ..store import Row, Write

PAUSES = (10.0, 30.0, 90.0, 300.0, 900.0, 1800.0, 3600.0)
"""Seconds before the second try, the third..."""
MOST_TRIES = len(PAUSES) + 1
LEASE = 60.0
"""Seconds for which a notice is in one courier's hands."""


@dataclass(frozen=True, slots=True)
class Channel:
    """A way to people: its name, and how long it waits to see whether somebody decides by then."""

    name: str
    after: float = 0.0


@dataclass(frozen=True, slots=True)
class Asked:
    """What is told of a question: not the arguments of its calls, which are for those who may look at it."""

    id: str
    tenant: str
    kind: str
    question: str
    agent: str
    run: str
    step: str
    risk: Risk
    created_at: float
    expires_at: float | None
    tools: tuple[str, ...] = ()

    @classmethod
    def of(cls, row: Row) -> Asked:
        """From the row of a notice with its question."""
        tools = tuple(dict.fromkeys(call["tool"] for call in json.loads(row["calls"])))
        values = {name: row[name] for name in cls.__dataclass_fields__ if name not in ("id", "kind", "tools")}
        return cls(id=row["approval"], kind=row["what"], tools=tools, **values)

    def document(self) -> dict[str, Json]:
        """As JSON."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__} | {"tools": list(self.tools)}


def planned(
    id: str, agent: str, channels: Sequence[Channel], created_at: float, expires_at: float | None
) -> Iterator[Write]:
    """The notices of a new question of an agent's run."""
    for channel in channels:
        known = {"approval": id, "agent": agent, "channel": channel.name, "created_at": created_at}
        yield Write("insert_notice", {**known, "kind": "asked", "due_at": created_at + channel.after})
        yield Write("insert_due_notice", known)
        yield Write("insert_escalated_notice", known)
        if expires_at is not None:
            yield Write("insert_notice", {**known, "kind": "expired", "due_at": expires_at})


def next_try(tries: int, now: float) -> float | None:
    """When it is tried again after so many tries; None: never."""
    return now + PAUSES[tries - 1] if tries < MOST_TRIES else None


def words(kind: str, asked: Asked) -> str:
    """A notice as one line, for people."""
    head = {
        "asked": "Waits for you",
        "due": "Is overdue",
        "escalated": "Has been escalated to you",
        "expired": "Has expired, decided by nobody",
    }[kind]
    risk = f", {asked.risk} risk" if asked.tools else ""
    tools = f" ({', '.join(asked.tools)}{risk})" if asked.tools else ""
    return (
        f"{head}: {asked.question}{tools} - agent {asked.agent}, run {asked.run}: agentflow approvals show {asked.id}"
    )
