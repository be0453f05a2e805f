"""Schedules: runs that start by themselves; made, changed, paused, tried at once, deleted."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..app.schedules import ScheduleHandle
from ..errors import AgentFlowError, UsageError
from ..records import Schedule
from ..typed import document
from .once import once, ticket
from .shell import form, house, moment, path, seen, show

UPCOMING = 5
"""How many times to come are shown."""
_EMPTY = {
    "agent": "", "name": "", "kind": "cron", "cron": "", "at": "", "zone": "UTC", "missed": "skip", "payload": "",
    "version": "",
}  # fmt: skip
_DIGITS = 15
"""Of a version's number."""
Act = Callable[[ScheduleHandle], Coroutine[Any, Any, Schedule | None]]
_ACTS: dict[str, Act] = {
    "pause": ScheduleHandle.pause,
    "resume": ScheduleHandle.resume,
    "delete": ScheduleHandle.delete,
}
"""What a button does."""


async def schedules(request: Request) -> Response:
    """All of them, by agent."""
    flow = house(request)
    names = {agent.id: agent.name for agent in await flow.agents.list(archived=True)}
    found = await flow.schedules.list()
    return await show(request, "schedules.html", schedules=found, names=names, when=when, ticket=ticket, live=[])


async def schedule(request: Request) -> Response:
    """One: when it is next, what it started last, and what can be done with it."""
    handle = await _named(request)
    agent, record = request.path_params["agent"], handle.record
    upcoming = [(at.timestamp(), f"{at:%a %Y-%m-%d %H:%M %Z}") for at in handle.next(UPCOMING)]
    return await show(
        request,
        "schedule.html",
        schedule=record,
        agent=agent,
        upcoming=upcoming,
        when=when(record),
        ticket=ticket,
        live=[],
    )


async def new(request: Request) -> Response:
    """Make one."""
    if request.method != "POST":
        return await _form(request, {**_EMPTY, "agent": request.query_params.get("agent", "")})
    return await _create(request, {**_EMPTY, **await form(request)}, None)


async def change(request: Request) -> Response:
    """Change one: when it starts runs, and which."""
    known = (await _named(request)).record
    fixed = {"agent": request.path_params["agent"], "name": known.name}
    if request.method != "POST":
        return await _form(request, {**_given(known), **fixed}, known)
    return await _create(request, {**_EMPTY, **await form(request), **fixed}, known)


async def _create(request: Request, filled: Mapping[str, str], known: Schedule | None) -> Response:
    name = filled["name"].strip()
    try:
        agent = await house(request).agents.get(filled["agent"])
        await agent.schedule(name, **_asked(filled), update=known is not None)
    except AgentFlowError as error:
        return await _form(request, filled, known, error)
    return seen(_at(agent.name, name))


async def _form(
    request: Request, filled: Mapping[str, str], known: Schedule | None = None, error: AgentFlowError | None = None
) -> Response:
    return await show(
        request,
        "schedule_form.html",
        title=f"Change {known.name}" if known else "New schedule",
        known=known,
        filled=filled,
        agents=await house(request).agents.list(),
        error=error,
    )


def _given(schedule: Schedule) -> dict[str, str]:
    """A schedule as it stands in the form."""
    return {
        "kind": "cron" if schedule.cron else "at",
        "cron": schedule.cron or "",
        "at": ""
        if schedule.at is None
        else f"{datetime.fromtimestamp(schedule.at, ZoneInfo(schedule.zone)):%Y-%m-%dT%H:%M:%S}",
        "zone": schedule.zone,
        "missed": schedule.missed,
        "payload": json.dumps(schedule.payload, ensure_ascii=False, indent=2) if schedule.payload else "",
        "version": "" if schedule.version is None else str(schedule.version),
    }


def _asked(filled: Mapping[str, str]) -> dict[str, Any]:
    """What the form says, as the verb takes it. Raises `UsageError` for what cannot be read."""
    once = filled["kind"] == "at"
    version = filled["version"].strip()
    if version and not (version.isascii() and version.isdecimal() and len(version) <= _DIGITS):
        raise UsageError(f"{version[:40]!r} is no version: it is a number such as 3, or empty for the newest")
    return {
        "cron": None if once else filled["cron"].strip(),
        "at": filled["at"].strip() if once else None,
        "zone": filled["zone"].strip(),
        "missed": filled["missed"],
        "payload": document(filled["payload"], "the payload") if filled["payload"].strip() else None,
        "version": int(version) if version else None,
    }


def when(schedule: Schedule) -> str:
    """When it starts runs, in a line."""
    return f"{schedule.cron} {schedule.zone}" if schedule.cron else f"once, {moment(schedule.at or 0.0)}"


async def run_now(request: Request) -> Response:
    """Start a run now, and look at it; a second click leads to the same one."""
    handle = await _named(request)

    async def started() -> str:
        return f"/runs/{path((await handle.run_now()).id)}"

    return seen(await once(request, await form(request), started))


def _does(act: Act) -> Callable[[Request], Coroutine[Any, Any, Response]]:
    """Do something to a schedule, and go on with all of them."""

    async def done(request: Request) -> Response:
        await act(await _named(request))
        return seen("/schedules")

    return done


async def _named(request: Request) -> ScheduleHandle:
    return await house(request).schedules.get(request.path_params["agent"], request.path_params["name"])


def _at(agent: str, name: str) -> str:
    return f"/schedules/{path(agent)}/{path(name)}"


ROUTES = [
    Route("/schedules", schedules),
    Route("/schedules/-/new", new, methods=["GET", "POST"]),
    Route("/schedules/{agent}/{name}", schedule),
    Route("/schedules/{agent}/{name}/change", change, methods=["GET", "POST"]),
    *(Route(f"/schedules/{{agent}}/{{name}}/{way}", _does(act), methods=["POST"]) for way, act in _ACTS.items()),
    Route("/schedules/{agent}/{name}/run", run_now, methods=["POST"]),
]
