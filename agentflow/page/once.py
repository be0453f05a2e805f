"""What a form does, it does once: sent again (a second click, a way back), it leads to where it led the first time."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping
from hashlib import sha256

from starlette.requests import Request

from ..app.repeats import Answer, Repeats
from ..errors import Conflict
from .shell import house

FIELD = "once"
"""The hidden field of such a form: another one whenever the form is opened anew."""
_TRIES = 40
_PAUSE = 0.05
"""Seconds between two looks at what the same form, sent just before, is coming to."""


def ticket() -> str:
    """What makes one opened form another one than the next."""
    return secrets.token_urlsafe(12)


async def once(request: Request, filled: Mapping[str, str], act: Callable[[], Awaitable[str]]) -> str:
    """Where `act` leads: it is done for the first of several forms with the same ticket, filled in the same way.

    What is refused is forgotten, so that a form that was mended can be sent again. What has acted is not, even where
    its way on is lost, by a fault of ours or the end of the service.
    """
    who, repeats = house(request).principal, request.state.repeats
    key = _key(request.url.path, who.name, filled)
    known = await _begun(repeats, who.tenant, key)
    if known is not None:
        return known.body
    try:
        with repeats.acting(who.tenant, key):
            onward = await act()
    except BaseException:
        await repeats.drop(who.tenant, key)
        raise
    await repeats.keep(who.tenant, key, Answer(303, "text/plain", onward))
    return onward


async def _begun(repeats: Repeats, tenant: str, key: str) -> Answer | None:
    """Take a form up; while the same one is under way, wait for what it comes to. Raises `Conflict` in the end."""
    for _ in range(_TRIES):
        try:
            return await repeats.begin(tenant, key, key)
        except Conflict:
            await asyncio.sleep(_PAUSE)
    raise Conflict("the same form was sent before, and is under way or lost: look what came of it, then open it anew")


def _key(path: str, who: str, filled: Mapping[str, str]) -> str:
    said = "\0".join([path, who, *(f"{name}={filled[name]}" for name in sorted(filled))])
    return f"page.{sha256(said.encode(errors='surrogatepass')).hexdigest()}"
