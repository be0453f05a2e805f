"""What waits for people, as one list: questions of runs and plans to review, in the order in which to look.

Pure. What they may decide themselves comes first, of that what is overdue, then what is due or expires soonest.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from ..approvals.policy import unfit
from ..approvals.ruling import Case, barred
from ..records import Agent, Goal, Principal, Risk
from ..roles import may
from .question import MAIN
from .shell import path

Kind = Literal["call", "ask", "outcome", "plan"]
KINDS: Mapping[Kind, str] = {
    "call": "to approve", "ask": "to answer", "outcome": "did it happen?", "plan": "plan to review",
}  # fmt: skip
"""What is to be done, by what is asked."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that somebody has to decide, or had to."""

    id: str
    to: str
    kind: Kind
    title: str
    what: str
    """The tools that are called."""
    risk: Risk | None
    agent: str
    run: str | None
    at: float
    due: float | None
    """When it is due; without that when it expires."""
    overdue: bool
    mine: bool
    """Whether whoever looks may decide it, and has not done so yet."""
    why_not: str | None
    status: str
    agreed_already: bool = False
    agreed: int = 0
    needed: int = 1
    by: str | None = None
    decided_at: float | None = None
    paused: bool = False
    """Whether its run is, so that a decision is heard later."""

    @property
    def order(self) -> tuple[bool, bool, float, float, str]:
        return (not self.mine, not self.overdue, math.inf if self.due is None else self.due, self.at, self.id)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of them are shown."""

    mine: bool = False
    agent: str = ""
    risk: str = ""
    kind: str = ""

    def of(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """Those that are wanted, in no other order."""
        asked = {"agent": self.agent, "risk": self.risk, "kind": self.kind}
        for one in entries:
            if all(getattr(one, name) == value for name, value in asked.items() if value) and (
                one.mine or not self.mine
            ):
                yield one


def questions(cases: Iterable[Case], names: Mapping[str, str], who: Principal) -> Iterator[Entry]:
    """Questions of runs, as this person sees them; `names` are those of agents."""
    for case in cases:
        approval = case.approval
        waits = approval.status == "pending"
        why_not = barred(case, who, MAIN[approval.kind])
        agreed = (approval.decision or {}).get("agreed") or ([approval.decided_by] if approval.decided_by else [])
        yield Entry(
            approval.id,
            f"/approvals/{path(approval.id)}",
            approval.kind,
            approval.question,
            ", ".join(dict.fromkeys(call.tool for call in approval.calls)),
            approval.risk if approval.calls else None,
            names.get(approval.agent, approval.agent),
            approval.run,
            approval.created_at,
            case.due_at or approval.expires_at,
            overdue=waits and case.due_at is not None and case.due_at <= case.now,
            mine=waits and why_not is None and who.name not in case.agreed,
            why_not=f"{who.name} has agreed already" if who.name in case.agreed else why_not,
            status=approval.status,
            agreed_already=who.name in case.agreed,
            agreed=len(case.agreed),
            needed=case.needed,
            by=" and ".join(agreed) or None,
            decided_at=approval.decided_at,
            paused=waits and case.paused,
        )


def reviews(goals: Iterable[Goal], agents: Mapping[str, Agent], who: Principal) -> Iterator[Entry]:
    """Plans that wait for a review."""
    for goal in goals:
        agent = agents[goal.agent]
        may_not = None if may(who, "goals.approve") else "that needs the role approver"
        why_not = may_not or unfit(agent.approvals, who.name, goal.created_by)
        yield Entry(
            goal.id,
            f"/goals/{path(goal.id)}",
            "plan",
            goal.text,
            "",
            None,
            agent.name,
            None,
            goal.updated_at,
            None,
            overdue=False,
            mine=why_not is None,
            why_not=why_not and f"{who.name} may not decide it: {why_not}",
            status="review",
        )
