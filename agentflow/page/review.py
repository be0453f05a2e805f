"""The plan of a goal, for whoever decides on it: its source, what it can do, and what is new in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from ..app import AgentHandle
from ..graph import walk
from ..graph.changes import differences
from ..graph.words import abilities
from ..records import Goal, Graph, Node, PlanVersion, ToolUse
from ..records.revisions import replaced
from .code import DiffBlock, Line, diff_blocks, source_lines
from .pictures import at_line, by_line, lines, picture

_RISKS = ("high", "medium", "low")


@dataclass(frozen=True, slots=True)
class News:
    """What a plan has otherwise than the one before it."""

    before: int
    diff: tuple[DiffBlock, ...]
    words: Sequence[str]


@dataclass(frozen=True, slots=True)
class Review:
    """A version of a plan as a person reads it."""

    plan: PlanVersion
    source: tuple[Line, ...]
    picture: Markup | None
    abilities: tuple[str, ...]
    tools: tuple[ToolUse, ...]
    """With their risk, the dangerous first."""
    chosen: Node | None
    """The part that is looked at: its lines are marked, and its node in the picture."""
    news: News | None


async def review(agent: AgentHandle, goal: Goal, line: int | None, to: Callable[[Node], str]) -> Review | None:
    """The plan of a goal; None where it has none. `line` is what somebody has chosen, `to` where a node leads."""
    if goal.version is None:
        return None
    plan, graph = await agent.plan(goal.version), await agent.graph(goal.version)
    chosen = at_line(graph, line)
    marked = lines(chosen) or ([line] if line else [])
    name = f"{agent.name}@{plan.number}"
    return Review(
        plan,
        tuple(source_lines(plan.source, marked, by_line(graph, to), plan.findings)),
        picture(graph, f"The plan {name}", to, chosen=chosen),
        tuple(abilities(graph, plan.tools)) if graph else (),
        tuple(_tools(graph, plan.tools)),
        chosen,
        await _news(agent, goal, plan, graph),
    )


async def _news(agent: AgentHandle, goal: Goal, plan: PlanVersion, graph: Graph | None) -> News | None:
    before = replaced(goal) or await _edited(agent, goal, plan)
    if before is None:
        return None
    old = await agent.plan(before)
    return News(before, diff_blocks(old.source, plan.source), differences(await agent.graph(before), graph))


async def _edited(agent: AgentHandle, goal: Goal, plan: PlanVersion) -> int | None:
    """The version that somebody has put this one in the place of."""
    if plan.prompt is not None or plan.goal != goal.id:
        return None
    return max(
        (one.number for one in await agent.plans() if one.goal == goal.id and one.number < plan.number), default=None
    )


def _tools(graph: Graph | None, named: Sequence[str]) -> list[ToolUse]:
    """Every tool that a plan calls; of those that were not seen where they are called, only the name is known."""
    nodes = walk(graph.nodes) if graph else ()
    uses = {use.tool: use for node in nodes for use in node.calls}
    uses |= {name: ToolUse(name, "", "", "") for name in named if name not in uses}
    return sorted(uses.values(), key=lambda use: (_RISKS.index(use.risk) if use.risk in _RISKS else 3, use.tool))
