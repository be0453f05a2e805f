"""Goals, their attempts, agents and schedules: rows to records and back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from ..approvals import policy
from ..planner import Reply
from ..records import Agent, AgentLimits, Attempt, Feedback, Goal, Json, Schedule, Usage
from ..registry import findings
from ..store import Row, Store, Write

_VERSIONS = frozenset({"back_to", "back_from"})
"""Of which version its runs are is said by `newest_plan`."""


def agent(row: Row) -> Agent:
    """An agent as its record."""
    lists = {name: tuple(json.loads(row[name])) for name in ("tools", "agents", "hosts")}
    own = {"limits": AgentLimits(**json.loads(row["limits"])), "approvals": policy.loads(row["approvals"])}
    values = {name: value for name, value in dict(row).items() if name not in _VERSIONS}
    return Agent(**{**values, **lists, **own})


def own_limits(agent: Agent) -> dict[str, Json]:
    """The limits that an agent has of its own, as they are stored."""
    return {name: value for name, value in asdict(agent.limits).items() if value is not None}


def attempt(row: Row) -> Attempt:
    """An attempt as its record; without findings it was not checked yet."""
    return Attempt(
        number=row["number"],
        model=row["model"],
        prompt=row["prompt"],
        reply=row["reply"],
        source=row["source"],
        findings=findings(json.loads(row["findings"] or "[]")),
        usage=Usage(**json.loads(row["usage"])),
        error=row["error"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        tools=row["tools"],
        basis=row["basis"],
        cost=row["cost"],
        fallback=row["fallback"],
        trial=json.loads(row["trial"]),
    )


async def goal(store: Store, row: Row) -> Goal:
    """A goal with its attempts."""
    return _goal(row, await store.rows("goal_attempts", goal=row["id"]))


async def goals(store: Store, found: Sequence[Row]) -> list[Goal]:
    """Goals with their attempts, which are all read at once."""
    attempts = dict[str, list[Row]]()
    for row in await store.rows("attempts_of_goals", goals=json.dumps([row["id"] for row in found])):
        attempts.setdefault(row["goal"], []).append(row)
    return [_goal(row, attempts.get(row["id"], ())) for row in found]


def _goal(row: Row, answers: Sequence[Row]) -> Goal:
    values = dict(row)
    attempts = tuple(map(attempt, answers))
    flags = {name: bool(row[name]) for name in ("plan_only", "share_payload")}
    values |= {**flags, "payload": json.loads(row["payload"]), "attempts": attempts}
    values["feedback"] = tuple(Feedback(**said) for said in json.loads(row["feedback"]))
    return Goal(**values)


def schedule(row: Row) -> Schedule:
    """A schedule as its record."""
    return Schedule(**{**dict(row), "payload": json.loads(row["payload"]), "paused": bool(row["paused"])})


def answered(goal: Goal, number: int, document: Json) -> Write:
    """The row of a model's answer, from the outcome document that `asked` made."""
    values = {
        "tools": None,
        "basis": None,
        "cost": None,
        "fallback": None,
        **document,
        "usage": json.dumps(document["usage"]),
    }
    return Write("insert_goal_attempt", {"goal": goal.id, "number": number, **values})


def asked(reply: Reply, basis: str, started_at: float, ended_at: float) -> Json:
    """A model's answer as the outcome document of the step that asked."""
    return {
        "model": reply.model,
        "prompt": reply.prompt,
        "tools": reply.tools,
        "basis": basis,
        "cost": reply.cost,
        "reply": reply.text,
        "source": reply.source,
        "error": reply.error,
        "fallback": reply.fallback,
        "usage": asdict(reply.usage),
        "started_at": started_at,
        "ended_at": ended_at,
    }
