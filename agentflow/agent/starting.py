"""How a run begins: a goal led to it, a person asked for it, its time has come, or another run delegated it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from ..engine import Start
from ..errors import Conflict, NotFound, Refused
from ..records import Agent, Goal, Json, PlanVersion, new_id
from ..registry import Registry
from ..store import Write


@dataclass(frozen=True, slots=True)
class Parent:
    """The run that delegated another one or a goal, and where that stands in its tree."""

    run: str | None = None
    step: str | None = None
    root: str | None = None
    depth: int = 0

    def values(self) -> dict[str, Json]:
        """As columns of a run or a goal."""
        return {"parent": self.run, "parent_step": self.step, "root": self.root, "depth": self.depth}


ALONE = Parent()
"""Of what a person or a schedule asked for."""


def run_start(  # noqa: PLR0913  # what makes a run, each once, by name
    agent: Agent,
    plan: PlanVersion,
    *,
    id: str,
    payload: Json,
    by: str,
    now: float,
    goal: str | None = None,
    schedule: Json = None,
    parent: Parent = ALONE,
    writes: Sequence[Write] = (),
) -> Start:
    """How the engine starts a run of this version, with its row and the caller's writes.

    Where a run with this id exists, it is refused with `Conflict`.
    """
    values = {
        "id": id,
        "tenant": agent.tenant,
        "agent": agent.id,
        "version": plan.number,
        "payload": json.dumps(payload, ensure_ascii=False),
        "goal": goal,
        "schedule": None if schedule is None else json.dumps(schedule, ensure_ascii=False),
        **parent.values(),
        "created_by": by,
        "now": now,
    }
    exists = Conflict(f"there is a run {id} already: choose another id, or look at it with `agentflow run show {id}`")
    first = [active(agent), Write("insert_run", values, exists), *writes]
    return Start(id, "run", needs(plan), first, lane=agent.id)


def active(agent: Agent) -> Write:
    """That an agent's tenant is in use must hold in the commit itself, by whichever way something starts."""
    suspended = Refused(f"the tenant {agent.tenant} is suspended: nothing starts in it until it is resumed")
    return Write("active_tenant", {"name": agent.tenant}, suspended)


def in_use(agent: Agent) -> None:
    """Raise `Conflict` where nothing of an agent may begin any more."""
    if agent.archived_at is not None:
        raise Conflict(f"agent {agent.name} is archived: create it again to use it")


async def startable(registry: Registry, agent: Agent, version: int | None = None) -> PlanVersion:
    """The version of which a run can start now, by default the newest. Raises `Conflict` or `NotFound` that says why
    there is none."""
    in_use(agent)
    if version is None:
        return await newest(registry, agent)
    plan = (await registry.stored(agent.id, version)).plan
    if plan.revoked_at is not None or not plan.reviewed:
        why = "revoked" if plan.revoked_at is not None else "waiting for a review (`agentflow goal approve`)"
        raise Conflict(f"version {plan.number} of {agent.name} is {why}: no run of it can start")
    return plan


async def newest(registry: Registry, agent: Agent) -> PlanVersion:
    """The newest version that is neither revoked nor waiting for a review. Raises `NotFound`."""
    if (plan := await registry.newest(agent.id)) is None:
        raise NotFound(
            f"{agent.name} has no plan that may run: submit a goal, or register one with `agentflow plan register`"
        )
    return plan


def run_of(goal: Goal) -> tuple[str, Parent]:
    """The id of the run that a goal leads to, and its parent: a delegated goal's follows from the goal's own."""
    parent = Parent(goal.parent, goal.parent_step, goal.root, goal.depth)
    return run_id(goal.id, parent), parent


def run_id(goal: str, parent: Parent) -> str:
    """The id of the run that a goal leads to."""
    return new_id("run") if parent.run is None else "run_" + goal.removeprefix("goal_")


def needs(plan: PlanVersion) -> list[str]:
    """What a worker must have to run a version: its tools, and what it is bound to."""
    return [*plan.tools, *pins(plan.python, plan.api)]


def pins(python: str, api: int) -> list[str]:
    """What a worker must have beside the tools, to replay a plan exactly."""
    return [f"python {python}", f"plan api {api}"]
