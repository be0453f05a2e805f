"""What a model is told of a goal."""

from __future__ import annotations

from collections.abc import Sequence

from ..planner import Brief, Example
from ..records import Agent, Goal, Json, ToolSpec
from ..registry import API
from ..store import Store
from ..tools.http import shown

LONGEST = 6_000
"""Characters of an earlier plan: a longer one shows less, and costs more."""
_GOAL = 500


def brief(
    agent: Agent,
    tools: Sequence[ToolSpec],
    *,
    goal: str,
    payload: Json,
    shared: bool,
    examples: Sequence[Example] = (),
) -> Brief:
    """All that a plan is to be written for."""
    return Brief(agent.name, agent.instructions, goal, payload, shown(tools, agent.hosts), shared, examples)


async def examples(store: Store, goal: Goal) -> Sequence[Example]:
    """At most two plans of the same agent for other goals, of which runs had ended well when this goal was given."""
    of = {"tenant": goal.tenant, "agent": goal.agent, "before": goal.created_at, "text": goal.text}
    rows = await store.rows("plans_that_ran_well", **of, api=API, longest=LONGEST)
    return [Example(_short(row["goal"]), row["source"].strip()) for row in rows]


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _GOAL else f"{words[: _GOAL - 3]}..."
