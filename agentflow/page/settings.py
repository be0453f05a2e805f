"""Settings: who asks, keys, channels and what was told on them, tenants, and how the service itself is."""

from __future__ import annotations

from importlib import metadata
from typing import Any, cast, get_args

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..app.doors import Doors
from ..app.notices import State
from ..app.readiness import guarded, layers, parts, unready
from ..errors import AgentFlowError
from ..records import Key
from ..roles import ALL, may
from .shell import form, house, path, seen, show

ROLES = {
    "viewer": "reads everything, changes nothing",
    "operator": "gives goals, starts, pauses and cancels runs",
    "approver": "decides what waits for a person",
    "admin": "makes agents, keys and tenants, deletes runs",
}
FEW = 12
"""Notices that are shown unless somebody asks for those in a state: then `MOST`."""
MOST = 50
"""Notices that are shown."""
EMPTY: dict[str, Any] = {"name": "", "expires": "", "tenant": ""}
FIRST = ("operator", "approver", "admin")
"""What the first key is offered: all that its maker could do without one."""


async def settings(request: Request) -> Response:
    """All of it, as far as the one who asks may see it."""
    return await shown(request)


async def shown(request: Request, error: AgentFlowError | None = None, **typed: dict[str, Any]) -> Response:
    """The page; after a form that could not be taken, with what was typed into it."""
    flow, asked = house(request), request.query_params
    first = not await guarded(flow)
    return await show(
        request,
        "settings.html",
        error=error,
        own=await flow.tenants.own(),
        roles=ROLES,
        filled={**EMPTY, "roles": FIRST if first else ("operator",), **typed.get("key", {})},
        tenant={"name": "", **typed.get("tenant", {})},
        first=first,
        **await _keys(flow, revoked=asked.get("revoked") == "yes"),
        **await _notices(flow, asked.get("state", ""), asked.get("tested", "")),
        tenants=await flow.tenants.list() if may(flow.principal, "tenants.list") else None,
        **await _service(flow),
    )


async def _keys(flow: Doors, *, revoked: bool) -> dict[str, Any]:
    """The keys, for admins; which of them is the last that could make others."""
    if not may(flow.principal, "keys.list"):
        return {"keys": None, "last": None, "revoked": False, "now": 0.0}
    keys, now = await flow.keys.list(revoked=revoked), flow.now()
    able = [one for one in keys if "admin" in one.roles and good(one, now)]
    return {"keys": keys, "last": able[0].name if len(able) == 1 else None, "revoked": revoked, "now": now}


def good(key: Key, now: float) -> bool:
    """Whether a key opens anything."""
    return key.revoked_at is None and (key.expires_at is None or now < key.expires_at)


async def _notices(flow: Doors, state: str, tested: str) -> dict[str, Any]:
    """The channels, and what was told on them."""
    wanted = cast(State, state) if state else None
    channels = flow.notices.channels()
    return {
        "channels": channels,
        "failings": await flow.notices.failings(),
        "notices": await flow.notices.list(state=wanted, most=MOST if wanted else FEW),
        "state": state,
        "states": get_args(State),
        "tested": tested if tested in channels else None,
    }


async def _service(flow: Doors) -> dict[str, Any]:
    """How the service is."""
    return {
        "workers": await flow.workers(),
        "lacking": await unready(flow),
        "layers": await layers(flow),
        "parts": parts(flow) if may(flow.principal, "tenants.list") else {},
        "version": metadata.version("agentflow"),
    }


async def test_channel(request: Request) -> Response:
    """Send a test on a channel, and say whether it was taken."""
    channel = request.path_params["channel"]
    try:
        await house(request).notices.test(channel)
    except AgentFlowError as error:
        return await shown(request, error)
    return seen(f"/settings?tested={path(channel)}#notices")


async def make_tenant(request: Request) -> Response:
    """Make a tenant."""
    filled = await form(request)
    try:
        await house(request).tenants.create(filled.get("name", "").strip(), sandbox="sandbox" in filled)
    except AgentFlowError as error:
        return await shown(request, error, tenant=dict(filled))
    return seen("/settings#tenants")


async def suspend(request: Request) -> Response:
    """Let a tenant's keys open nothing and its runs stand still."""
    await house(request).tenants.suspend(request.path_params["tenant"])
    return seen("/settings#tenants")


async def resume(request: Request) -> Response:
    """Let a tenant go on."""
    await house(request).tenants.resume(request.path_params["tenant"])
    return seen("/settings#tenants")


assert {*ROLES} == {*ALL}
ROUTES = [
    Route("/settings", settings),
    Route("/settings/notices/{channel}/test", test_channel, methods=["POST"]),
    Route("/settings/tenants", make_tenant, methods=["POST"]),
    Route("/settings/tenants/{tenant}/suspend", suspend, methods=["POST"]),
    Route("/settings/tenants/{tenant}/resume", resume, methods=["POST"]),
]
