"""Signing in with a key, and out."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ..errors import AgentFlowError
from .door import LASTS, PageDoor
from .shell import form, seen, show


async def sign_in(request: Request) -> Response:
    """GET: where a key is asked for. POST: whoever has a good one is let in, and goes on to where they wanted."""
    onward = _inside(request.query_params.get("next", ""))
    if request.method != "POST":
        return await show(request, "login.html", onward=onward)
    answer = seen(onward)
    try:
        await let_in(request, answer, (await form(request)).get("key", "").strip())
    except AgentFlowError as error:
        return await show(request, "login.html", error.http_status, onward=onward, problem=str(error))
    return answer


async def let_in(request: Request, answer: Response, secret: str) -> None:
    """Have the browser that gets this answer remember whose key this is. Raises `Unauthorized`."""
    door: PageDoor = request.state.door
    held = await door.signed(secret)
    answer.set_cookie(
        door.cookie, held, max_age=int(LASTS), path="/", secure=door.secure, httponly=True, samesite="lax"
    )


async def sign_out(request: Request) -> Response:
    """Let the browser forget whose key it was."""
    answer: RedirectResponse = seen("/login")
    door: PageDoor = request.state.door
    answer.delete_cookie(door.cookie, path="/", secure=door.secure, httponly=True, samesite="lax")
    return answer


def _inside(asked: str) -> str:
    """A path of this page, whatever was asked for: never another host's address."""
    inside = asked.startswith("/") and not asked.startswith(("//", "/\\")) and asked.isprintable()
    return asked if inside else "/"


ROUTES = [Route("/login", sign_in, methods=["GET", "POST"]), Route("/logout", sign_out, methods=["POST"])]
