"""Keys: made, shown this once, and revoked. With the first one the house closes, so its maker stays inside."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..app.readiness import guarded
from ..errors import AgentFlowError, UsageError
from .session import let_in
from .settings import shown
from .shell import fields, house, seen, show


async def make(request: Request) -> Response:
    """Make a key. Its secret stands on this one page, and nowhere else."""
    flow, typed = house(request), await fields(request)
    name, expires, tenant = (dict(typed).get(field, "").strip() for field in ("name", "expires", "tenant"))
    roles, first = [value for field, value in typed if field == "role"], not await guarded(flow)
    try:
        if first and "admin" not in roles:
            raise UsageError(
                "the first key needs the role admin: from then on everybody needs one, and who would make it?"
            )
        if first and tenant not in ("", flow.principal.tenant):
            raise UsageError("the first key has to be your own: from then on everybody needs one")
        made = await flow.keys.create(name, roles=roles, expires=expires or None, tenant=tenant or None)
    except AgentFlowError as error:
        return await shown(request, error, key={"name": name, "roles": roles, "expires": expires, "tenant": tenant})
    answer = await show(request, "key_made.html", 201, made=made.record, secret=made.secret, first=first)
    if first:
        await let_in(request, answer, made.secret)
    return answer


async def revoke(request: Request) -> Response:
    """Let a key be none any more."""
    await house(request).keys.revoke(request.path_params["key"])
    return seen("/settings#keys")


ROUTES = [
    Route("/settings/keys", make, methods=["POST"]),
    Route("/settings/keys/{key}/revoke", revoke, methods=["POST"]),
]
