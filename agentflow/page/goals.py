"""Goals: what agents were asked for, and asking for more."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import cast, get_args
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..errors import AgentFlowError, UsageError
from ..records import GoalStatus, Json
from ..typed import document
from .once import FIELD, once, ticket
from .shell import form, house, path, seen, show

MOST = 50
EXAMPLE = '{"order_id": "17"}'
_FILTERS = ("agent", "status", "text")


async def goals(request: Request) -> Response:
    """All of them, the newest first; what is looked for stands in the address."""
    flow, asked = house(request), request.query_params
    wanted = {name: asked.get(name, "").strip() for name in _FILTERS}
    agents = await flow.agents.list(archived=True)
    found = await flow.goals.list(
        agent=wanted["agent"] or None,
        status=_status(wanted["status"]),
        text=wanted["text"] or None,
        most=MOST,
        cursor=asked.get("cursor"),
    )
    further = {name: value for name, value in wanted.items() if value} | {"cursor": found.next or ""}
    return await show(
        request,
        "goals.html",
        goals=found,
        names={agent.id: agent.name for agent in agents},
        agents=[agent.name for agent in agents],
        statuses=get_args(GoalStatus),
        wanted=wanted,
        later=f"/goals?{urlencode(further)}" if found.next else None,
        live=[],
    )


def _status(asked: str) -> GoalStatus | None:
    if asked and asked not in get_args(GoalStatus):
        raise UsageError(f"a goal is never {asked!r}: it is one of {', '.join(get_args(GoalStatus))}")
    return cast(GoalStatus, asked) if asked else None


async def new(request: Request) -> Response:
    """GET: a form, with what the address or an earlier goal says in it. POST: the goal is submitted."""
    if request.method == "POST":
        return await _submit(request, await form(request))
    asked = request.query_params
    filled = {"agent": asked.get("agent", ""), "goal": asked.get("goal", "")}
    if asked.get("again"):
        filled |= await _again(request, asked["again"])
    return await _form(request, filled)


async def _again(request: Request, id: str) -> dict[str, str]:
    """What was asked for by an earlier goal."""
    goal = (await house(request).goals.get(id)).record
    names = {agent.id: agent.name for agent in await house(request).agents.list(archived=True)}
    payload = json.dumps(goal.payload, ensure_ascii=False, indent=2) if goal.payload else ""
    return {"agent": names[goal.agent], "goal": goal.text, "payload": payload}


async def _submit(request: Request, filled: dict[str, str]) -> Response:
    async def submitted() -> str:
        agent = await house(request).agents.get(filled.get("agent", ""))
        made = await agent.submit(
            filled.get("goal", ""),
            payload_of(filled),
            plan_only=filled.get("then") == "plan",
            fresh="fresh" in filled,
            share_payload="share" in filled,
        )
        return f"/goals/{path(made.id)}"

    try:
        return seen(await once(request, filled, submitted))
    except AgentFlowError as error:
        return await _form(request, filled, error)


def payload_of(filled: Mapping[str, str]) -> Json:
    """The payload that somebody has typed. Raises `UsageError` with the place where it is no JSON."""
    typed = filled.get("payload", "").strip()
    return document(typed, "the payload") if typed else None


async def _form(request: Request, filled: Mapping[str, str], error: AgentFlowError | None = None) -> Response:
    return await show(
        request,
        "goal_new.html",
        filled=filled,
        agents=await house(request).agents.list(),
        ticket=filled.get(FIELD) or ticket(),
        example=EXAMPLE,
        error=error,
    )


ROUTES = [Route("/goals", goals), Route("/goals/new", new, methods=["GET", "POST"])]
