"""/v1/agents: who pursues goals, and the versions of their code."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

from fastapi import Path

from ..graph.diff import PlanDiff
from ..records import Agent, Compiled, Graph, Pinned, PlanVersion
from ..records.revisions import Migration
from .answers import Flow, Listed, listed
from .asked import AgentAsked, MigrationsAsked, PlanAsked, RevocationAsked, RollbackAsked, SourceAsked
from .routes import Routes

router = Routes()

Number = Annotated[int, Path(ge=1, le=2**53)]
Which = Annotated[
    Number | Literal["newest"], Path(description="The version's number, or `newest`: of those that may run.")
]


@router.get("/agents", tags=["agents"])
async def list_agents(flow: Flow, *, archived: bool = False) -> Listed[Agent]:
    """All agents by name, the archived ones only if asked for."""
    return listed(await flow.agents.list(archived=archived))


@router.post("/agents", status_code=201, tags=["agents"])
async def create_agent(flow: Flow, asked: AgentAsked) -> Agent:
    """Make an agent, or with `update` change the one of that name."""
    return (await flow.agents.create(**dict(asked))).record


@router.get("/agents/{agent}", tags=["agents"])
async def show_agent(flow: Flow, agent: str) -> Agent:
    """One agent."""
    return (await flow.agents.get(agent)).record


@router.post("/agents/{agent}/archive", tags=["agents"])
async def archive_agent(flow: Flow, agent: str) -> Agent:
    """Take an agent out of use."""
    await flow.agents.archive(agent)
    return (await flow.agents.get(agent)).record


@router.get("/agents/{agent}/plans", tags=["plans"])
async def list_plans(flow: Flow, agent: str) -> Listed[PlanVersion]:
    """All versions of an agent's code, the oldest first."""
    return listed(await (await flow.agents.get(agent)).plans())


@router.post("/agents/{agent}/plans", status_code=201, tags=["plans"])
async def register_plan(flow: Flow, agent: str, asked: PlanAsked) -> PlanVersion:
    """Register code that somebody else wrote. Where it is refused, the problem has its findings."""
    return await (await flow.agents.get(agent)).register(asked.source, author=asked.author)


@router.get("/agents/{agent}/plans/{version}", tags=["plans"])
async def show_plan(flow: Flow, agent: str, version: Which) -> PlanVersion:
    """One version, with its source."""
    return await (await flow.agents.get(agent)).plan(_number(version))


@router.get("/agents/{agent}/plans/{version}/graph", tags=["plans"])
async def show_graph(flow: Flow, agent: str, version: Which) -> Graph | None:
    """What a version does, as its source says; null where it has no graph."""
    return await (await flow.agents.get(agent)).graph(_number(version))


@router.get("/agents/{agent}/plans/{number}/diff/{other}", tags=["plans"])
async def compare_plans(flow: Flow, agent: str, number: Number, other: Number) -> PlanDiff:
    """What version `other` has otherwise: its lines, and what that means."""
    return await (await flow.agents.get(agent)).diff(number, other)


@router.post("/agents/{agent}/plans/{number}/revoke", tags=["plans"])
async def revoke_plan(flow: Flow, agent: str, number: Number, asked: RevocationAsked | None = None) -> PlanVersion:
    """Take a version out of use: no run of it starts; `running` says what becomes of those that there are."""
    said = asked or RevocationAsked()
    return await (await flow.agents.get(agent)).revoke(number, said.comment, running=said.running)


@router.post("/agents/{agent}/rollback", tags=["plans"])
async def roll_back_agent(flow: Flow, agent: str, asked: RollbackAsked) -> PlanVersion:
    """Go back to a version: new runs are of it, until a newer one than there is now comes."""
    return await (await flow.agents.get(agent)).rollback(asked.to)


@router.get("/agents/{agent}/pinned", tags=["plans"])
async def count_pinned(flow: Flow, agent: str) -> Listed[Pinned]:
    """How many runs are of each version that has any, and how many of those have not ended."""
    return listed(await (await flow.agents.get(agent)).pinned())


@router.post("/agents/{agent}/migrate", tags=["plans"])
async def migrate_runs(flow: Flow, agent: str, asked: MigrationsAsked) -> Listed[Migration]:
    """Move all its runs that go on to another version: a report for each."""
    found = await (await flow.agents.get(agent)).migrate(asked.to, of=asked.of, dry_run=asked.dry_run)
    return listed(found)


@router.post("/plans/check", tags=["plans"])
async def check_plan(flow: Flow, asked: SourceAsked) -> Compiled:
    """The findings of a source, and what it does, without registering it."""
    checked = (await flow.agents.get(asked.agent)).check if asked.agent else flow.check
    return replace(await checked(asked.source), blob=None)  # code objects stay in the house


def _number(version: int | Literal["newest"]) -> int | None:
    return None if version == "newest" else version
