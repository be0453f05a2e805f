"""One version of an agent's plan: its source and picture, what it can do, where it comes from, and its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..app.agents import AgentHandle
from ..app.doors import Doors
from ..checks import name_of
from ..errors import AgentFlowError, NotFound
from ..graph.changes import differences
from ..graph.words import abilities
from ..records import Goal, Graph, Node, Pinned, PlanVersion, RunningRuns
from .code import DiffBlock, diff_blocks, source_lines
from .pictures import at_line, by_line, lines, picture
from .shell import form, house, path, seen, show

NEWEST = 10
"""Runs that are shown of it."""
_DIGITS = 15


@dataclass(frozen=True, slots=True)
class Compared:
    """What a version has otherwise than another, line by line and in words."""

    other: int
    blocks: Sequence[DiffBlock]
    words: Sequence[str]


async def version(request: Request) -> Response:
    """The version with all around it; `?line=` chooses a part of it, `?to=` what it is compared with."""
    return await _shown(request)


async def revoke(request: Request) -> Response:
    """Take it out of use, for a reason."""
    agent, number = await named(request)
    filled = await form(request)
    why, running = filled.get("comment", "").strip(), cast(RunningRuns, filled.get("running", "pause"))
    if not why:
        return await _shown(request, 422, problem="say why it is revoked: whoever meets one of its runs will ask")
    try:
        await agent.revoke(number, why, running=running)
    except AgentFlowError as error:
        return await _shown(request, error.http_status, problem=str(error), comment=why)
    return seen(_at(agent.name, number))


async def go_back(request: Request) -> Response:
    """Let new runs be of it, though there are newer ones."""
    agent, number = await named(request)
    await agent.rollback(number)
    return seen(_at(agent.name, number))


async def _shown(request: Request, status: int = 200, **also: Any) -> Response:
    agent, number = await named(request)
    plan, graph, flow = await agent.plan(number), await agent.graph(number), house(request)
    plans, line = await agent.plans(), number_in(request, "line")
    chosen, here = at_line(graph, line), _at(agent.name, number)

    def to(node: Node) -> str:
        return f"{here}?line={node.line}#line-{node.line}"

    shown = {
        "agent": agent.record,
        "plan": plan,
        "path": here,
        "source": source_lines(plan.source, lines(chosen) or ([line] if line else []), by_line(graph, to)),
        "picture": picture(graph, f"The plan {agent.name}@{number}", to, chosen=chosen),
        "abilities": abilities(graph, plan.tools) if graph else [],
        "findings": [(one, name_of(one.code)) for one in plan.findings],
        "goal": await _goal(flow, plan),
        "others": [one.number for one in reversed(plans) if one.number != number],
        "compared": await _compared(agent, plan, graph, number_in(request, "to")),
        "runs": await flow.runs.list(agent=agent.name, version=number, most=NEWEST),
        "pinned": next((one for one in await agent.pinned() if one.version == number), Pinned(number, 0, 0)),
        "newest": (newest := await _newest(agent)),
        "heir": newest if newest != number else heir(plans, number),
        "comment": "",
    }
    return await show(request, "version.html", status, **{**shown, **also})


def heir(plans: Sequence[PlanVersion], number: int) -> int | None:
    """The version that new runs would be of, were this one revoked."""
    able = [one.number for one in plans if one.revoked_at is None and one.reviewed and one.number != number]
    return max(able, default=None)


def number_in(request: Request, name: str) -> int | None:
    """A number that the address names; None where it names none."""
    text = request.query_params.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _DIGITS else None


async def _compared(agent: AgentHandle, plan: PlanVersion, graph: Graph | None, other: int | None) -> Compared | None:
    """What is other in it than in another version, by default the one before."""
    number = other or plan.number - 1
    if number in (0, plan.number):
        return None
    old = await agent.plan(number)
    return Compared(number, diff_blocks(old.source, plan.source), differences(await agent.graph(number), graph))


async def _newest(agent: AgentHandle) -> int | None:
    """The version that new runs are of; None where no run can start."""
    try:
        return (await agent.plan()).number
    except NotFound:
        return None


async def _goal(flow: Doors, plan: PlanVersion) -> Goal | None:
    """The goal that it was written for."""
    return (await flow.goals.get(plan.goal)).record if plan.goal else None


async def named(request: Request) -> tuple[AgentHandle, int]:
    """The version that an address names. Raises `NotFound`."""
    agent, given = await house(request).agents.get(request.path_params["name"]), request.path_params["number"]
    if not (given.isascii() and given.isdecimal() and len(given) <= _DIGITS):
        raise NotFound(f"there is no version {given!r} of {agent.name}: they are numbered from 1")
    return agent, int(given)


def _at(agent: str, number: int) -> str:
    return f"/agents/{path(agent)}/plans/{number}"


ROUTES = [
    Route("/agents/{name}/plans/{number}", version),
    Route("/agents/{name}/plans/{number}/back", go_back, methods=["POST"]),
    Route("/agents/{name}/plans/{number}/revoke", revoke, methods=["POST"]),
]
