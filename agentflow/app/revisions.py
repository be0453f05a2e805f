"""A run whose plan is to be written anew: the goal that has it done, told what happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..agent import rows
from ..agent.beginning import Wish, starts
from ..agent.starting import in_use
from ..engine import Item
from ..errors import Conflict, UsageError
from ..records import Feedback, FeedbackKind, Goal, Json, Run, new_id
from ..store import Write
from .house import House


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a plan is written anew, and for which goal where it is none that led to the run."""

    kind: FeedbackKind
    comment: str | None
    goal: str | None = None
    failed: str | None = None
    """The step that went wrong, where the run does not say so itself."""
    plan_only: bool = False


async def revision(
    house: House, run: Run, why: Reason, writes: Sequence[Write] = (), said: Sequence[tuple[str, Item]] = ()
) -> str:
    """Have the plan of a run written anew, in one commit with these writes and messages; the id of the goal for that.

    Raises `UsageError` where it is not known what the run is for, and `Conflict` where this is being done already.
    """
    house.no_secret("the comment", why.comment)
    agent = await house.agent_of(run.agent)
    in_use(agent)
    before = await _goal(house, run)
    text = house.stored("the goal", why.goal, house.most(agent)) if why.goal else before.text if before else None
    if not text or not text.strip():
        raise UsageError(f"run {run.id} was started without a goal: say in a sentence what it is for (--goal)")
    shared = before is not None and before.share_payload
    happened: Json = await house.taking_over.recount(run, why.failed, shared=shared)
    by, now = house.principal.name, house.clock.now()
    heard = Feedback(1, why.kind, (why.comment or "").strip() or None, by, now, run.id, run.version, happened)
    new = Wish(new_id("goal"), agent, text, run.payload, by, why.plan_only, shared, feedback=(heard,), revises=run.id)
    if house.engine.working:  # else another process asks, with an environment of its own
        house.models.ready(agent.model)
    again = Conflict(f"the plan of run {run.id} is being written anew already: `agentflow goal list` names the goal")
    noted = house.noted("runs.revise", run.id, goal=new.id, comment=why.comment)
    first = [Write("unrevised", {"run": run.id}, again), *writes, noted]
    await house.engine.start(starts(house.agency, new, None, first), said)
    return new.id


async def _goal(house: House, run: Run) -> Goal | None:
    """The goal that a run goes back to."""
    row = await house.store.row("goal_by_id", id=run.goal) if run.goal else None
    return await rows.goal(house.store, row) if row else None
