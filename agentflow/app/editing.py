"""A plan that a person puts in the place of the one that waits to be approved."""

from __future__ import annotations

from ..agent import rows
from ..agent.revising import done_again, failed, foreseen
from ..errors import Conflict, PlanRefused, UsageError
from ..records import Compiled, Finding, Goal
from ..registry import LATER, Origin, Stored, digest_of, plan, refusal
from ..store import Write
from .house import House


async def edited(house: House, goal: Goal, source: str) -> list[Write]:
    """What stores an edited plan as a version of its own, and as what the goal leads to once it is approved.

    Raises `PlanRefused` with what must be mended first.
    """
    [row] = await house.store.rows("agent", id=goal.agent)
    agent, now, by = rows.agent(row), house.clock.now(), house.principal.name
    if agent.archived_at is not None:
        raise Conflict(f"agent {agent.name} is archived: create it again to use it")
    assert goal.version is not None
    before = await house.registry.stored(goal.agent, goal.version)
    if before.plan.sha256 == digest_of(source):
        raise UsageError(f"the plan of goal {goal.id} is this already: change it first")
    compiled = await house.sandbox.compile(source, house.tools.granted(agent.tools))
    origin = Origin(by, goal=goal.id, reviewed=goal.status != "review")
    number, write = await house.registry.draft(goal.agent, source, compiled, origin, now)
    version = Stored(plan({**write.params, **dict.fromkeys(LATER)}), compiled.blob or b"")
    raced = Conflict(f"the plan of goal {goal.id} is another one by now: look at it, and change that")
    values = {"id": goal.id, "version": number, "was": goal.version, "now": now}
    put = Write("edit_goal", {**values, "reason": await _foreseen(house, goal, version, compiled)}, raced)
    return [write, put, house.noted("goals.edit", goal.id, version=number, sha256=version.plan.sha256)]


async def _foreseen(house: House, goal: Goal, version: Stored, compiled: Compiled) -> str | None:
    """What would become of the run that the goal follows on. Raises `PlanRefused` where that is done already."""
    if goal.revises is None:
        return None
    outlook = await house.taking_over.outlook(goal.revises, version, failed(goal))
    again: Finding | None = done_again(outlook, compiled.graph)
    if again is not None:
        raise PlanRefused(refusal((again,)), (again,))
    return foreseen(outlook)
