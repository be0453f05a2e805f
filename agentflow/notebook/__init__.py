"""What records, handles and lists look like in a notebook: text as the commands show it, and HTML that needs nothing
else and runs nothing. It reads a house only by its verbs, and whatever a model, a tool or a person wrote is escaped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..app.agents import AgentHandle
from ..app.approvals import ApprovalHandle
from ..app.goals import GoalHandle
from ..app.runs import RunHandle
from ..app.schedules import ScheduleHandle
from ..evals.scored import Scored
from ..evals.summary import Row
from ..graph.diff import PlanDiff
from ..records import (
    Agent,
    Approval,
    Attempt,
    Compiled,
    Finding,
    Goal,
    Graph,
    PlanVersion,
    Run,
    Schedule,
    StepView,
)
from ..records.moments import Moment, Replay
from ..records.revisions import Migration
from ..records.shown import Listing, Several, Shown
from . import agents, approvals, asking, buttons, diffs, goals, moments, plans, runs, tables
from .sheet import Sheet

__all__ = ["bundle"]


def bundle(thing: Shown) -> dict[str, Any]:
    """A thing by the kinds of content that a notebook may show."""
    sheet = next(_SHOWN[kind] for kind in type(thing).__mro__ if kind in _SHOWN)
    said = sheet(thing).bundle()
    if isinstance(thing, ApprovalHandle):
        said |= buttons.view(thing, lambda: str(sheet(thing).bundle()["text/html"]))
    return said


_SHOWN: dict[type, Callable[[Any], Sheet]] = {
    RunHandle: lambda handle: runs.shown(asking.of_run(handle)),
    GoalHandle: lambda handle: goals.shown(asking.of_goal(handle)),
    ApprovalHandle: lambda handle: approvals.shown(asking.of_approval(handle)),
    AgentHandle: lambda handle: agents.shown(asking.of_agent(handle)),
    ScheduleHandle: lambda handle: agents.schedule(asking.of_schedule(handle)),
    PlanVersion: lambda plan: plans.shown(asking.of_plan(plan)),
    Compiled: plans.compiled,
    Finding: plans.one_finding,
    Graph: plans.one_graph,
    PlanDiff: diffs.shown,
    Run: runs.one_record,
    StepView: runs.one_step,
    Goal: goals.one_record,
    Attempt: goals.one_attempt,
    Approval: approvals.one_record,
    Agent: agents.one_record,
    Schedule: agents.one_schedule,
    Moment: lambda moment: moments.stood(moment, asking.source_of(moment)),
    Replay: moments.replayed,
    Migration: lambda migration: tables.shown([migration]),
    Scored: lambda scored: tables.shown([scored]),
    Row: lambda row: tables.shown([row]),
    Listing: tables.shown,
    Several: tables.shown,
}
"""What shows each kind of thing."""
