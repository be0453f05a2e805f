"""What somebody sends whose session has ended meanwhile: it is not done, and not lost. They sign in, and send it again.

Who asks is a stranger here, so no more is read than people type. That it comes from a page of this house was seen
before.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from ..errors import UsageError
from ..web.limits import again, read
from ..web.problems import Denied
from .shell import fields, here, seen, show

MOST = 262_144
"""Bytes of a form that are kept: a plan of the largest size is among them."""
SECONDS = 10.0
"""How long it may take to come."""


async def kept(scope: Scope, receive: Receive, send: Send) -> None:
    """The page with what was typed, to be sent again; where that is nothing, the one for signing in."""
    typed = await _typed(scope, receive)
    request = Request(scope)
    page = await show(request, "kept.html", 401, here=here(request), typed=typed) if typed else seen("/login?next=/")
    await page(scope, receive, send)


async def _typed(scope: Scope, receive: Receive) -> list[tuple[str, str]]:
    try:
        body = await read(receive, MOST, SECONDS)
        return await fields(Request(scope, again(body, receive)))
    except (Denied, UsageError):
        return []
