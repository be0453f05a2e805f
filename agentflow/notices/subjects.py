"""What a notice is about, as it is told: a question of a run, or a goal whose plan waits for its review. Pure.

Texts in it are somebody else's, and a notice is one line of them: nothing that they hold may look like another line.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Self

from ..records import Json, Risk
from ..store import Row

LONGEST = 300
"""Letters of a text that are told in a line; the document has all of it."""
_HEADS = {
    "asked": "Waits for you",
    "due": "Is overdue",
    "escalated": "Has been escalated to you",
    "expired": "Has expired, decided by nobody",
}


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
    def of(cls, row: Row) -> Self:
        """From the row of a question, with the name of its agent."""
        tools = tuple(dict.fromkeys(call["tool"] for call in json.loads(row["calls"])))
        return cls(**{name: row[name] for name in cls.__dataclass_fields__ if name != "tools"}, tools=tools)

    @property
    def path(self) -> str:
        """Where it is on the page."""
        return f"/approvals/{self.id}"

    def delivery(self, kind: str, channel: str) -> str:
        """The id of a notice, the same over its tries."""
        return f"{self.id}/{kind}/{channel}"

    def words(self, kind: str) -> str:
        """A notice as one line, for people."""
        risk = f", {self.risk} risk" if self.tools else ""
        tools = f" ({', '.join(self.tools)}{risk})" if self.tools else ""
        place = f"agent {self.agent}, run {self.run}: agentflow approvals show {self.id}"
        return f"{_HEADS[kind]}: {line(self.question)}{tools} - {place}"

    def document(self, kind: str) -> dict[str, Json]:
        """A notice as JSON."""
        told = {name: getattr(self, name) for name in self.__dataclass_fields__} | {"tools": list(self.tools)}
        return {"kind": f"approval.{kind}", "approval": told}


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What is told of a goal whose plan waits for a review: not its payload."""

    id: str
    tenant: str
    text: str
    agent: str
    version: int
    created_by: str
    created_at: float

    @classmethod
    def of(cls, row: Row) -> Self:
        """From the row of a goal, with the name of its agent."""
        return cls(**{name: row[name] for name in cls.__dataclass_fields__})

    @property
    def path(self) -> str:
        """Where it is on the page."""
        return f"/goals/{self.id}"

    def delivery(self, kind: str, channel: str) -> str:
        """The id of a notice; a plan that was changed and waits again is another one."""
        return f"{self.id}.{self.version}/{kind}/{channel}"

    def words(self, kind: str) -> str:
        """A notice as one line, for people."""
        return f"A plan waits for your review: {line(self.text)} - agent {self.agent}: agentflow goal show {self.id}"

    def document(self, kind: str) -> dict[str, Json]:
        """A notice as JSON."""
        return {"kind": f"goal.{kind}", "goal": {name: getattr(self, name) for name in self.__dataclass_fields__}}


Subject = Asked | Reviewed


def line(text: str) -> str:
    """A text in one line, without letters that nobody sees or that turn others round."""
    plain = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return plain if len(plain) <= LONGEST else f"{plain[: LONGEST - 3]}..."
