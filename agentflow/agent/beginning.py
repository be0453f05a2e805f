"""How a goal begins: a model is to be asked for a plan, or one that is there already is taken again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from ..engine import Start
from ..errors import Conflict
from ..notices import reviewed
from ..records import Agent, Feedback, GoalStatus, Json, PlanVersion
from ..store import Write
from . import Agency, needs_review, settled
from .briefing import brief
from .feedback import dumps
from .starting import ALONE, Parent, active, run_id, run_start


@dataclass(frozen=True, slots=True)
class Wish:
    """A goal as it is given to an agent; the payload is encoded."""

    id: str
    agent: Agent
    text: str
    payload: Json
    by: str
    plan_only: bool = False
    share_payload: bool = False
    parent: Parent = ALONE
    feedback: Sequence[Feedback] = ()
    revises: str | None = None


@dataclass(frozen=True, slots=True)
class Reuse:
    """A version that serves a goal without a model's being asked."""

    plan: PlanVersion
    basis: str


async def reusable(agency: Agency, wish: Wish) -> Reuse | None:
    """A version that was written for the same words, tools, prompts, model, instructions and shape of payload.

    It must be good to run, and have run for a goal without failing by its own fault.
    """
    agent, tools = wish.agent, agency.tools.granted(wish.agent.tools)
    told = brief(agent, tools, goal=wish.text, payload=wish.payload, shared=wish.share_payload)
    basis = agency.planner.basis(agent.model, told)
    plan = await agency.registry.reusable(agent.tenant, agent.id, basis)
    return Reuse(plan, basis) if plan else None


def starts(agency: Agency, wish: Wish, reuse: Reuse | None, first: Sequence[Write] = ()) -> list[Start]:
    """What the engine starts, all or nothing, with the caller's writes first: the goal, and for a plan that is taken
    again also its run."""
    agent, granted, now = wish.agent, agency.tools.granted(wish.agent.tools), agency.clock.now()
    if reuse is None:
        needs = [spec.name for spec in granted]
        return [Start(wish.id, "goal", needs, [active(agent), *first, _inserted(wish, now)])]
    plan, written = reuse.plan, [active(agent), *first, _inserted(wish, now, reuse)]
    # That it ran is not that a person has read it: perhaps nobody had to, then.
    review = plan.reviewed_by is None and needs_review(agent.review, plan.tools, granted)
    if review or wish.plan_only:
        status: GoalStatus = "review" if review else "planned"
        told = reviewed(wish.id, agent.tenant, agency.notify, now) if review else ()
        return [Start(wish.id, "goal", (), [*written, settled(wish.id, status, now, version=plan.number), *told])]
    run = run_id(wish.id, wish.parent)
    started = settled(wish.id, "started", now, version=plan.number, run=run)
    return [
        Start(wish.id, "goal", (), [*written, started]),
        run_start(agent, plan, id=run, payload=wish.payload, by=wish.by, now=now, goal=wish.id, parent=wish.parent),
    ]


def _inserted(wish: Wish, now: float, reuse: Reuse | None = None) -> Write:
    values = {
        "id": wish.id,
        "tenant": wish.agent.tenant,
        "agent": wish.agent.id,
        "text": wish.text,
        "payload": json.dumps(wish.payload, ensure_ascii=False),
        "plan_only": int(wish.plan_only),
        "share_payload": int(wish.share_payload),
        "basis": reuse and reuse.basis,
        "reused": reuse and reuse.plan.goal,
        "revises": wish.revises,
        "feedback": dumps(wish.feedback),
        "created_by": wish.by,
        "now": now,
        **wish.parent.values(),
    }
    return Write("insert_goal", values, Conflict(f"there is a goal {wish.id} already"))
