"""/v1/schedules: runs that start by themselves."""

from __future__ import annotations

from ..records import Run, Schedule
from .answers import Flow, Listed, listed
from .asked import ScheduleAsked
from .routes import Routes

router = Routes("/v1/schedules", tags=["schedules"])


@router.get("")
async def list_schedules(flow: Flow, *, agent: str | None = None) -> Listed[Schedule]:
    """All schedules, by agent and name."""
    return listed(await flow.schedules.list(agent=agent))


@router.post("", status_code=201)
async def create_schedule(flow: Flow, asked: ScheduleAsked) -> Schedule:
    """Let runs of an agent's plan start by themselves, or with `update` change the schedule of this name."""
    terms = asked.model_dump(exclude={"agent"})
    return (await (await flow.agents.get(asked.agent)).schedule(**terms)).record


@router.get("/{agent}/{name}")
async def show_schedule(flow: Flow, agent: str, name: str) -> Schedule:
    """One schedule: when it is next, what it started last."""
    return (await flow.schedules.get(agent, name)).record


@router.delete("/{agent}/{name}", status_code=204)
async def delete_schedule(flow: Flow, agent: str, name: str) -> None:
    """Forget it; runs that it has started stay."""
    await (await flow.schedules.get(agent, name)).delete()


@router.post("/{agent}/{name}/pause")
async def pause_schedule(flow: Flow, agent: str, name: str) -> Schedule:
    """Start no runs until it is resumed."""
    return await (await flow.schedules.get(agent, name)).pause()


@router.post("/{agent}/{name}/resume")
async def resume_schedule(flow: Flow, agent: str, name: str) -> Schedule:
    """Go on with the first time after now."""
    return await (await flow.schedules.get(agent, name)).resume()


@router.post("/{agent}/{name}/run", status_code=201)
async def run_schedule(flow: Flow, agent: str, name: str) -> Run:
    """Start a run as if its time were now."""
    return (await (await flow.schedules.get(agent, name)).run_now()).record
