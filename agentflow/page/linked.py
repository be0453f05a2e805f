"""The door for links: whoever has one sees one question as the person it was made for, and may decide it.

Nothing else can be reached by it. Behind this door there is one page, and who comes in has of that person's roles, as
they are now, only what deciding needs. The link is a secret that stands in an address, so its path is
taken away before anything looks at the request: no log and no error page tells it.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Scope

from ..app.doors import Doors
from ..app.reaching import LINK, PATH
from ..app.seals import Seals
from ..errors import Expired, Refused, Unauthorized, UsageError
from ..records import Principal, Role
from ..settings import ServeSettings
from ..web.entry import check_host
from ..web.problems import Denied
from .approval import decide, decision_page
from .door import READING, check_origin
from .shell import form, house, seen

DECIDING: frozenset[Role] = frozenset({"approver"})
LOOKING: frozenset[Role] = frozenset({"viewer"})


def hidden(scope: Scope) -> Scope:
    """A request for a link, in which the link is no path any more."""
    return {**scope, "path": PATH, "raw_path": PATH.encode(), LINK: scope["path"].removeprefix(PATH)}


class LinkDoor:
    """Finds out whose link it is, and which question it names. A link is nobody's once its key may not be used."""

    def __init__(self, flow: Doors, settings: ServeSettings, *, local: bool) -> None:
        self._flow = flow
        self._seals = Seals(flow._house)
        self._url = settings.url
        self._local = local

    async def principal(self, scope: Scope) -> Principal:
        """Who asks. Raises `Denied`."""
        headers = Headers(scope=scope)
        if self._local:
            check_host(headers.get("host", ""), self._url)
        if scope["method"] not in READING:
            check_origin(headers, self._url)
        said = await self._said(scope[LINK])
        scope["state"]["question"] = said["approval"]
        try:
            who = await self._flow.keys.holder(said["key"], "link")
        except Unauthorized as error:
            raise Denied(403, f"this link does not open any more: {error}") from None
        return replace(who, roles=who.roles & DECIDING or LOOKING)

    async def _said(self, sealed: str) -> Any:
        try:
            return await self._seals.opened(LINK, sealed)
        except Expired:
            raise Denied(410, "this link has expired: sign in to see what became of the question") from None
        except Unauthorized:
            raise Denied(404, "this is no link that was given out here: is all of it there?") from None


async def question(request: Request) -> Response:
    """GET: the question. POST: this person's decision, and nothing else decides."""
    id, flow, to = request.state.question, house(request), f"{PATH}{request.scope[LINK]}"
    page = partial(decision_page, request, flow, id, to=to, around=False)
    if request.method != "POST":
        return await page()
    typed = await form(request)
    try:
        await _check_in_use(flow, id)
        await decide(flow, id, typed)
    except (Refused, UsageError) as error:
        return await page(status=error.http_status, problem=str(error), typed=typed)
    return seen(to)


async def _check_in_use(flow: Doors, id: str) -> None:
    """What an archived agent has asked is for people who look after it, and sign in. Raises `Refused`."""
    of = (await flow.approvals.get(id)).record.agent
    archived = (one.name for one in await flow.agents.list(archived=True) if one.id == of and one.archived_at)
    if name := next(archived, None):
        raise Refused(f"agent {name} is archived: sign in to decide what it has asked")


ROUTES = [Route(PATH, question, methods=["GET", "POST"])]
