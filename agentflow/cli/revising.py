"""agentflow run revise, reject --revise: a run's plan is written anew; and what the goal for that shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import NotFound
from ..graph.diff import PlanDiff, Version, between
from .diffs import read
from .given import ForGoal, RunId, text_or_file
from .session import Session, command
from .shown import agent_names, document

if TYPE_CHECKING:
    from ..app import AgentFlow, AgentHandle

What = Annotated[str | None, typer.Option("--comment", metavar="TEXT", help="What is to be done otherwise.")]
PlanOnly = Annotated[bool, typer.Option("--plan-only", help="Stop when there is a plan; `goal approve` has it run.")]


@command
async def revise(
    session: Session, run: RunId, comment: What = None, goal: ForGoal = None, plan_only: PlanOnly = False
) -> None:
    """Have the plan of a failed or paused run written anew. Prints the id of the goal for that."""
    text = None if goal is None else text_or_file(goal)
    async with session.existing() as flow:
        handle = await flow.runs.get(run)
        await tell(session, flow, await handle.revise(comment, goal=text, plan_only=plan_only))


async def tell(session: Session, flow: AgentFlow, goal: str) -> None:
    """Show the goal that is to bring a run's new plan."""
    made = (await flow.goals.get(goal)).record
    session.show(document(made, await agent_names(flow)), [goal])
    session.say(f"the plan of run {made.revises} is written anew: {session.command(f'goal show {goal}')}")
    await session.mind_workers(flow)


async def changed(agent: AgentHandle, before: int, now: Version) -> PlanDiff | None:
    """What a plan has otherwise than the one that it is to replace; None where that is not there."""
    try:
        return between(await read(agent, before), now)
    except NotFound:
        return None
