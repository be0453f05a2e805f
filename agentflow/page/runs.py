"""Runs: listed with filters that stand in the address, and started."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, get_args
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..app.doors import Doors
from ..errors import AgentFlowError, UsageError
from ..records import FINISHED, Json, PlanVersion, Run, RunStatus
from ..typed import document
from ..wording import step_name
from .axis import elapsed
from .once import FIELD, once, ticket
from .reasons import parked, waits
from .shell import form, house, path, seen, show

PAGE = 50
"""Runs of a page."""
COUNTED = 1000
"""How far runs of a status are counted."""
LONGEST = 160
"""Characters that are shown of what came of a run."""
STATUSES: tuple[RunStatus, ...] = get_args(RunStatus)
_DIGITS = 15
"""Of a version's number."""
_FILTERS = ("agent", "status", "schedule", "text")


async def runs(request: Request) -> Response:
    """Runs, the newest first."""
    flow, asked = house(request), request.query_params
    wanted = {key: asked.get(key, "").strip() for key in _FILTERS}
    if wanted["status"] and wanted["status"] not in STATUSES:
        raise UsageError(f"there is no status {wanted['status']!r}: a run is one of {', '.join(STATUSES)}")
    given: dict[str, Any] = {key: value or None for key, value in wanted.items()}
    found = await flow.runs.list(**given, cursor=asked.get("cursor"), most=PAGE)
    names = await agent_names(flow)
    return await show(
        request,
        "runs.html",
        runs=found,
        brief=brief,
        lasted=lambda run: elapsed((flow.now() if run.ended_at is None else run.ended_at) - run.created_at),
        names=names,
        agents=sorted(set(names.values())),
        schedules=sorted({one.name for one in await flow.schedules.list()}),
        wanted=wanted,
        filtered=any(wanted.values()),
        counts=await flow.runs.counts(most=COUNTED + 1),
        counted=COUNTED,
        statuses=STATUSES,
        to=lambda **other: _address(wanted, other),
        live=[] if not asked.get("cursor") else None,
    )


def _address(wanted: Mapping[str, str], other: Mapping[str, str | None]) -> str:
    """The same list with other filters."""
    query = {key: value for key, value in {**wanted, **other}.items() if value}
    return f"/runs?{urlencode(query)}" if query else "/runs"


async def agent_names(flow: Doors) -> dict[str, str]:
    """The names of all agents by their ids."""
    return {agent.id: agent.name for agent in await flow.agents.list(archived=True)}


def brief(run: Run) -> str:
    """What there is to say of a run in a few words."""
    if run.error:
        return _cut(f"{run.error.get('type')}: {run.error.get('message')}")
    if run.status == "completed":
        return _cut(json.dumps(run.result, ensure_ascii=False))
    if (pause := parked(run)) is not None:
        return _cut(f"paused: {pause[0]}")
    told = [f"{wait.words} ({step_name(wait.step)})" for wait in waits(run, (), {})]
    if told:
        return _cut(f"waits for {'; '.join(told)}")
    return _cut(run.progress["message"]) if run.progress and run.status not in FINISHED else ""


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


# starting one


async def new(request: Request) -> Response:
    """GET: a form. POST: start the run, and go to it."""
    asked = dict(request.query_params) if request.method != "POST" else await form(request)
    typed = {"agent": "", "version": "", "payload": "", FIELD: "", **asked}
    if request.method != "POST":
        return await _form(request, typed)

    async def started() -> str:
        agent = await house(request).agents.get(typed["agent"])
        run = await agent.start(read_json(typed["payload"], "the payload"), version=_number(typed["version"]))
        return f"/runs/{path(run.id)}"

    try:
        return seen(await once(request, typed, started))
    except AgentFlowError as error:
        return await _form(request, typed, error)


async def _form(request: Request, typed: Mapping[str, str], error: AgentFlowError | None = None) -> Response:
    flow = house(request)
    agents = [agent.name for agent in await flow.agents.list()]
    plans: list[PlanVersion] = []
    if typed["agent"] in agents:
        found = await (await flow.agents.get(typed["agent"])).plans()
        plans = [plan for plan in reversed(found) if plan.revoked_at is None and plan.reviewed]
    status = 200 if error is None else error.http_status
    problem = None if error is None else str(error)
    filled = {**typed, FIELD: typed[FIELD] or ticket()}
    return await show(request, "run_new.html", status, typed=filled, agents=agents, plans=plans, problem=problem)


def read_json(text: str, what: str) -> Json:
    """What somebody typed as JSON; None where they left it empty. Raises `UsageError`."""
    return document(text, what) if text.strip() else None


def _number(text: str) -> int | None:
    if not text:
        return None
    if not (text.isdecimal() and len(text) <= _DIGITS):
        raise UsageError(f"{text[:40]!r} is no version: choose one of the list")
    return int(text)


ROUTES = [Route("/runs", runs), Route("/runs/new", new, methods=["GET", "POST"])]
