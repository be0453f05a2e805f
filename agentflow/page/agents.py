"""Agents: who pursues goals, with which model and which tools, and how that went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..app.agents import AgentHandle
from ..records import Agent, PlanVersion, Review
from ..tools import Toolbox
from ..wording import deciders, lasting
from .shell import house, path, seen, show

NEWEST = 10
"""Runs and goals that are shown of an agent."""
FEW = 25
"""Versions that are shown of it at a time."""
REVIEWS: dict[Review, str] = {
    "never": "Plans that pass the checks run at once.",
    "risky": "A person reviews a plan first where it may do something risky.",
    "always": "A person reviews every plan before it runs.",
}
_BOX = Toolbox([])
ANYBODY = "Everybody with the role approver decides what its runs ask."


async def agents(request: Request) -> Response:
    """All agents; the archived ones only if asked for."""
    archived = request.query_params.get("archived") == "yes"
    found = await house(request).agents.list(archived=archived)
    return await show(request, "agents.html", agents=found, archived=archived)


async def agent(request: Request) -> Response:
    """One agent: what it is, what it may do, its code, and its newest runs and goals."""
    flow = house(request)
    found = await flow.agents.get(request.path_params["name"])
    plans, older = _part(await found.plans(), request.query_params.get("before", ""))
    return await show(
        request,
        "agent.html",
        agent=found.record,
        facts=facts(found.record),
        tools=found.tools(),
        idle=idle(found),
        plans=plans,
        older=older,
        runs=await flow.runs.list(agent=found.name, most=NEWEST),
        goals=await flow.goals.list(agent=found.name, most=NEWEST),
        schedules=await flow.schedules.list(agent=found.name),
        live=[],
    )


async def archive(request: Request) -> Response:
    """Take it out of use."""
    name = request.path_params["name"]
    await house(request).agents.archive(name)
    return seen(f"/agents/{path(name)}")


def _part(plans: Sequence[PlanVersion], before: str) -> tuple[Sequence[PlanVersion], int | None]:
    """The newest versions before one, and the one before which those stand that are left."""
    found = [plan for plan in reversed(plans) if not before.isdecimal() or plan.number < int(before[:18])]
    return found[:FEW], found[FEW - 1].number if len(found) > FEW else None


def facts(agent: Agent) -> list[tuple[str, str]]:
    """What an agent is, in words; nothing of what nobody has said."""
    limits = [_limit(name, value) for name, value in asdict(agent.limits).items() if value is not None]
    told = [
        ("Model", agent.model),
        ("If that fails", agent.fallback_model or ""),
        ("Review", REVIEWS[agent.review]),
        ("Approvals", _sentence(deciders(agent.approvals)) or ANYBODY),
        ("Mends a plan", f"at most {agent.repairs} times" if agent.repairs else "never"),
        ("Answers take", _budget(agent)),
        ("Limits of its own", ", ".join(limits)),
        ("Delegates to", ", ".join(agent.agents)),
        ("Sends requests to", ", ".join(agent.hosts)),
    ]
    return [(name, value) for name, value in told if value]


def idle(agent: AgentHandle) -> Sequence[str]:
    """What an agent was granted that is no tool of this process."""
    known = [tool.name for tool in agent.tools()]
    return [pattern for pattern in agent.record.tools if not any(_BOX.allows([pattern], name) for name in known)]


def _budget(agent: Agent) -> str:
    tokens = f"{agent.plan_tokens:,} tokens" if agent.plan_tokens else ""
    money = f"{agent.plan_cost:g} USD" if agent.plan_cost else ""
    most = " and ".join(filter(None, (tokens, money)))
    return f"at most {most} for one goal" if most else ""


def _limit(name: str, value: float) -> str:
    words = name.replace("_", " ")
    if name.endswith("_seconds"):
        return f"{words.removesuffix(' seconds')} {lasting(value)}"
    return f"{words} {value:,}"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text else ""


ROUTES = [
    Route("/agents", agents),
    Route("/agents/{name}", agent),
    Route("/agents/{name}/archive", archive, methods=["POST"]),
]
