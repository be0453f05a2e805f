"""What somebody sees where something went wrong: the same line as everywhere, on a page with a way on."""

from __future__ import annotations

import re
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ..errors import AgentFlowError
from ..web.problems import Denied
from .door import SignIn
from .kept import kept
from .shell import here, seen, show

_TITLES = {
    401: "Sign in first",
    403: "Not allowed",
    404: "Not here",
    405: "Not in this way",
    409: "Not any more",
    410: "Too late",
    412: "It has changed",
    422: "That does not fit",
    429: "Too much at a time",
}

_HOST = re.compile(r"^[a-z]+://[^/]*")


async def missing(scope: Scope, receive: Receive, send: Send) -> None:
    """There is no such page."""
    raise HTTPException(404)


def told(scope: Scope, error: Exception) -> ASGIApp | None:
    """The page that says what went wrong; None where nobody expected it."""
    if isinstance(error, SignIn):
        return _to_sign_in(scope)
    if isinstance(error, HTTPException):
        line = f"there is nothing at {scope['path']}" if error.status_code == 404 else str(error.detail)
        return _page(error.status_code, line, dict(error.headers or {}))
    if isinstance(error, Denied):
        return _page(error.status, str(error), error.headers)
    return _page(error.http_status, str(error), {}) if isinstance(error, AgentFlowError) else None


def _page(status: int, line: str, headers: dict[str, str]) -> ASGIApp:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        title = _TITLES.get(status, "Something went wrong")
        page = await show(Request(scope, receive), "problem.html", status, title=title, problem=line)
        page.headers.update(headers)
        await page(scope, receive, send)

    return answer


def _to_sign_in(scope: Scope) -> ASGIApp:
    """Where to sign in. A page that is live and whose session is over goes there as a whole."""
    request = Request(scope)
    if request.headers.get("hx-request"):
        shown = _HOST.sub("", request.headers.get("hx-current-url", "/"))
        return Response(status_code=401, headers={"HX-Redirect": f"/login?next={quote(shown)}"})
    return kept if request.method == "POST" else seen(f"/login?next={quote(here(request))}")
