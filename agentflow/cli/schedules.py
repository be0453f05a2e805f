"""agentflow schedule: runs that start by themselves, at the times of a cron expression or once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from ..records import Missed, Schedule
from ..wording import relative
from .given import AgentName, Payload, parse_payload
from .session import Session, command, width
from .shown import agent_names, document
from .text import Cell, facts, one_line, state, table, value
from .times import clock, moment

if TYPE_CHECKING:
    from ..app import AgentFlow, ScheduleHandle

app = typer.Typer(no_args_is_help=True, help="Schedules: runs that start by themselves.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="The schedule's name.", show_default=False)]
Cron = Annotated[
    str | None,
    typer.Option("--cron", metavar="'M H D M W'", help="Minute, hour, day of month, month, day of week."),
]
At = Annotated[str | None, typer.Option("--at", metavar="YYYY-MM-DDTHH:MM", help="Once, at this moment.")]
Zone = Annotated[str, typer.Option("--zone", metavar="ZONE", help="In which time zone that is meant.")]
IfMissed = Annotated[
    Missed, typer.Option("--missed", help="What comes of times when no worker was there: nothing, or one run for all.")
]
Number = Annotated[int | None, typer.Option("--version", min=1, metavar="N", help="Else the newest at that time.")]
Update = Annotated[bool, typer.Option("--update", help="Replace the schedule of this name if there is one.")]
OfAgent = Annotated[str | None, typer.Option("--agent", metavar="AGENT", help="Only this agent's.")]

UPCOMING = 3
"""How many times to come are shown."""


@app.command()
@command
async def create(  # noqa: PLR0913, PLR0917  # what makes a schedule, each by name
    session: Session,
    agent: AgentName,
    name: Name,
    cron: Cron = None,
    at: At = None,
    zone: Zone = "UTC",
    missed: IfMissed = "skip",
    payload: Payload = None,
    version: Number = None,
    update: Update = False,
) -> None:
    """Let runs of an agent's plan start by themselves."""
    given = parse_payload(payload)
    async with session.existing() as flow:
        handle = await (await flow.agents.get(agent)).schedule(
            name, cron=cron, at=at, zone=zone, missed=missed, payload=given, version=version, update=update
        )
        await _shown(session, flow, handle)


@app.command("list")
@command
async def list_schedules(session: Session, agent: OfAgent = None) -> None:
    """All schedules."""
    async with session.existing() as flow:
        found = await flow.schedules.list(agent=agent)
        names = await agent_names(flow)
        if not found and not session.as_json:
            session.say(f"no such schedules: {session.command('schedule create AGENT NAME --cron ...')}")
            return
        rows = [(names[one.agent], one.name, timing(one), _next(one), one.last_run or "") for one in found]
        lines = table(("agent", "schedule", "when", "next", "last run"), rows, cut=2, width=width())
        session.show([document(one, names) for one in found], lines)
        await session.mind_workers(flow)


@app.command()
@command
async def show(session: Session, agent: AgentName, name: Name) -> None:
    """One schedule: when it is next, what it started last."""
    async with session.existing() as flow:
        await _shown(session, flow, await flow.schedules.get(agent, name))


@app.command()
@command
async def pause(session: Session, agent: AgentName, name: Name) -> None:
    """Start no runs until it is resumed; times meanwhile do not count as missed."""
    async with session.existing() as flow:
        handle = await flow.schedules.get(agent, name)
        await handle.pause()
        session.show(document(handle.record, await agent_names(flow)))
        session.say(f"schedule {name} of {agent} is paused")


@app.command()
@command
async def resume(session: Session, agent: AgentName, name: Name) -> None:
    """Go on with the first time after now."""
    async with session.existing() as flow:
        handle = await flow.schedules.get(agent, name)
        await handle.resume()
        await _shown(session, flow, handle)


@app.command()
@command
async def run(session: Session, agent: AgentName, name: Name) -> None:
    """Start a run now, as if its time had come. Prints the run's id."""
    async with session.existing() as flow:
        started = await (await flow.schedules.get(agent, name)).run_now()
        session.show(document(started.record, await agent_names(flow)), [started.id])
        await session.mind_workers(flow)


@app.command()
@command
async def delete(session: Session, agent: AgentName, name: Name) -> None:
    """Forget a schedule; runs that it has started stay."""
    async with session.existing() as flow:
        handle = await flow.schedules.get(agent, name)
        await handle.delete()
        session.show(document(handle.record, await agent_names(flow)))
    session.say(f"schedule {name} of {agent} is deleted")


async def _shown(session: Session, flow: AgentFlow, handle: ScheduleHandle) -> None:
    names, upcoming = await agent_names(flow), [time.isoformat() for time in handle.next(UPCOMING)]
    told = {**document(handle.record, names), "upcoming": upcoming}
    session.show(told, facts(schedule_facts(handle.record, names, upcoming), indent=0))
    if handle.record.next_at is not None:
        await session.mind_workers(flow)


def schedule_facts(schedule: Schedule, names: Mapping[str, str], upcoming: list[str]) -> list[tuple[str, Cell | None]]:
    """When a schedule starts runs, and what it started."""
    agent = names[schedule.agent]
    return [
        ("schedule", schedule.name),
        ("plan", agent if schedule.version is None else f"{agent}@{schedule.version}"),
        ("when", timing(schedule)),
        ("status", _status(schedule)),
        ("next", f"{_there(schedule)} ({relative(schedule.next_at)})" if schedule.next_at else None),
        ("and then", "\n".join(time.replace("T", " ") for time in upcoming[1:])),
        ("if missed", "one run for all" if schedule.missed == "once" else "nothing"),
        ("payload", value(schedule.payload) if schedule.payload else None),
        ("last run", _last(schedule)),
        ("but", one_line(schedule.reason) if schedule.reason else None),
        ("made", f"{moment(schedule.created_at)} by {schedule.created_by}"),
    ]


def _there(schedule: Schedule) -> str:
    """The next time by the clocks of the schedule's zone, and how far those are from UTC."""
    return datetime.fromtimestamp(schedule.next_at or 0.0, ZoneInfo(schedule.zone)).isoformat(" ", "seconds")


def _status(schedule: Schedule) -> Cell | None:
    if schedule.paused:
        return state("paused")
    return "no time is left" if schedule.next_at is None else None


def timing(schedule: Schedule) -> str:
    """When it is."""
    return f"{schedule.cron} {schedule.zone}" if schedule.cron else f"once, {clock(schedule.at or 0.0)}"


def _next(schedule: Schedule) -> Cell:
    if schedule.paused:
        return state("paused")
    return "never" if schedule.next_at is None else relative(schedule.next_at)


def _last(schedule: Schedule) -> str:
    if schedule.last_run is None or schedule.last_at is None:
        return ""
    return f"{schedule.last_run} ({clock(schedule.last_at)})"
