"""/v1/goals: what agents were asked for, how it was planned, the review."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from ..app.goals import planned
from ..records import Goal, GoalStatus, PlanVersion, Run
from .answers import Flow, Listed, listed
from .asked import ChangesAsked, CommentAsked, EditAsked, GoalAsked, Window
from .routes import Routes

router = Routes("/v1/goals", tags=["goals"])


class GoalWindow(Window):
    """Which goals are asked for."""

    status: GoalStatus | None = None


@router.get("")
async def list_goals(flow: Flow, window: Annotated[GoalWindow, Query()]) -> Listed[Goal]:
    """Goals, the newest first."""
    return listed(await flow.goals.list(most=window.limit, **window.model_dump(exclude={"limit"})))


@router.post("", status_code=201)
async def submit(flow: Flow, asked: GoalAsked) -> Goal:
    """Give an agent a goal. Workers plan it; it leads to a run by itself, unless a person must look at the plan."""
    words = asked.model_dump(exclude={"agent"})
    return (await (await flow.agents.get(asked.agent)).submit(**words)).record


@router.get("/{goal}")
async def show_goal(flow: Flow, goal: str) -> Goal:
    """One goal, with the model's answers and their findings."""
    return (await flow.goals.get(goal)).record


@router.get("/{goal}/plan")
async def show_plan_of_goal(flow: Flow, goal: str) -> PlanVersion:
    """The version that was accepted for it; a problem where none was, or none is yet."""
    handle = await flow.goals.get(goal)
    planned(handle.record)
    return await handle.plan()


@router.post("/{goal}/plan")
async def edit_plan(flow: Flow, goal: str, asked: EditAsked) -> Goal:
    """Put an edited plan in the place of the one that waits to be approved. Where it is refused, the problem has its
    findings."""
    return await (await flow.goals.get(goal)).edit(asked.source)


@router.post("/{goal}/changes")
async def ask_changes(flow: Flow, goal: str, asked: ChangesAsked) -> Goal:
    """Have the plan of a planned or reviewed goal changed: the model is asked again, and told this."""
    return await (await flow.goals.get(goal)).ask_changes(asked.comment)


@router.post("/{goal}/approve")
async def approve_goal(flow: Flow, goal: str) -> Run:
    """Start the plan of a planned or reviewed goal."""
    return (await (await flow.goals.get(goal)).approve()).record


@router.post("/{goal}/reject")
async def reject_goal(flow: Flow, goal: str, asked: CommentAsked | None = None) -> Goal:
    """Refuse the plan of a goal that waits for a review."""
    return await (await flow.goals.get(goal)).reject(asked.comment if asked else None)


@router.post("/{goal}/cancel")
async def cancel_goal(flow: Flow, goal: str) -> Goal:
    """Give it up."""
    return await (await flow.goals.get(goal)).cancel()
