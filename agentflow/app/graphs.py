"""What plans do: the graph of a version, drawn when it was registered, or now where it was registered before that."""

from __future__ import annotations

from ..records import Agent, Graph, PlanVersion
from .house import House


async def graph_of(house: House, agent: Agent, plan: PlanVersion) -> Graph | None:
    """The graph of a version; None where its source is refused today, so that it cannot be drawn."""
    known = await house.registry.graph(plan.agent, plan.number)
    if known is not None:
        return known
    compiled = await house.sandbox.compile(plan.source, house.tools.granted(agent.tools))
    if compiled.graph is not None:
        await house.registry.draw(plan.agent, plan.number, compiled.graph)
    return compiled.graph
