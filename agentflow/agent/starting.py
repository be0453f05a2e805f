"""How a run begins, whether a goal led to it or a person asked for it."""

from __future__ import annotations

import json
from collections.abc import Sequence

from ..engine import Engine, Start
from ..errors import Conflict
from ..records import Agent, Json, PlanVersion
from ..store import Write


async def start_run(  # noqa: PLR0913  # what makes a run, each once, by name
    engine: Engine,
    agent: Agent,
    plan: PlanVersion,
    *,
    id: str,
    payload: Json,
    by: str,
    now: float,
    goal: str | None = None,
    writes: Sequence[Write] = (),
) -> None:
    """Store a run of this version and hand it to the engine, together with the caller's writes, all or nothing.

    Raises `Conflict` where a run with this id exists.
    """
    values = {
        "id": id,
        "tenant": agent.tenant,
        "agent": agent.id,
        "version": plan.number,
        "payload": json.dumps(payload, ensure_ascii=False),
        "goal": goal,
        "created_by": by,
        "now": now,
    }
    exists = Conflict(f"there is a run {id} already: choose another id, or look at it with `agentflow run show {id}`")
    needs = [*plan.tools, *pins(plan.python, plan.api)]
    await engine.start([Start(id, "run", needs, [Write("insert_run", values, exists), *writes], lane=agent.id)])


def pins(python: str, api: int) -> list[str]:
    """What a worker must have beside the tools, to replay a plan exactly."""
    return [f"python {python}", f"plan api {api}"]
