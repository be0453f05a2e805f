"""All that is shown of one thing, as plain data; `note` says where it may have changed meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..app.sight import Sight
from ..cli.session import Session
from ..records import (
    Agent,
    Approval,
    Goal,
    Graph,
    Pinned,
    PlanVersion,
    Run,
    Schedule,
    Spent,
    StepView,
    ToolSpec,
)


@dataclass(frozen=True, slots=True)
class PlanScene:
    """A version, and where it came from."""

    plan: PlanVersion
    agent: str
    graph: Graph | None = None
    goal: Goal | None = None


@dataclass(frozen=True, slots=True)
class RunScene:
    """A run; `questions` are those that wait for people."""

    run: Run
    agent: str
    now: float
    steps: Sequence[StepView] = ()
    plan: PlanVersion | None = None
    graph: Graph | None = None
    questions: Sequence[Approval] = ()
    taken: Spent | None = None
    session: Session | None = None
    """Where commands find it."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class GoalScene:
    """A goal, and the plan that it led to."""

    goal: Goal
    agent: str
    plan: PlanScene | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class ApprovalScene:
    """A question; `sight` is what is around it, where that could be asked for."""

    approval: Approval
    agent: str
    sight: Sight | None = None
    session: Session | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class AgentScene:
    """An agent, what it may call, and what it has planned."""

    agent: Agent
    tools: Sequence[ToolSpec] = ()
    plans: Sequence[PlanVersion] = ()
    pinned: Sequence[Pinned] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class ScheduleScene:
    """A schedule, and its agent."""

    schedule: Schedule
    agent: str
    note: str = ""
