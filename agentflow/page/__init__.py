"""The page: what the verbs of the house look like in a browser. Made on the server, live, and nothing without a verb.

Each screen is a file: a function for each thing that can be asked for, and the list of its `routes`. What it shows
comes from verbs alone, as whoever asks may use them; what it changes, it changes by a POST that says
where to go on.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

from starlette.routing import BaseRoute, Router
from starlette.types import Receive, Scope, Send

from ..app.doors import Doors
from ..app.feeds import Feeds
from ..app.reaching import PATH
from ..settings import ServeSettings
from ..web import service
from ..web.entry import Door
from ..web.gate import Gate
from ..web.limits import Limits
from . import (
    agent_form,
    agents,
    approval,
    assets,
    audit,
    editing,
    failing,
    goal,
    goals,
    inbox,
    keys,
    linked,
    live,
    moving,
    register,
    run,
    runs,
    schedules,
    selected,
    session,
    settings,
    steering,
    tools,
    versions,
)
from .door import PageDoor
from .linked import LinkDoor

__all__ = ["Site"]

SCREENS: tuple[ModuleType, ...] = (
    inbox,
    selected,
    approval,
    goals,
    goal,
    editing,
    runs,
    run,
    steering,
    moving,
    agent_form,
    agents,
    register,
    versions,
    tools,
    schedules,
    audit,
    settings,
    keys,
)
"""Where the routes of the page are; `/goals/new` before `/goals/ID`."""
HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),  # with `no-referrer`, a browser would not say where a form comes from
    (b"cache-control", b"no-store"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
        b" form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
]
"""Of every page: nothing runs and nothing is loaded but what this house itself has for it."""
_API = frozenset({"/v1", "/healthz", "/readyz", "/openapi.json"})


class Site:
    """The whole service as one app: the API where its paths are, the page everywhere else."""

    def __init__(self, flow: Doors, settings: ServeSettings | None = None, *, local: bool = True) -> None:
        given = settings or ServeSettings()
        limits = Limits(given)
        self.api = service(flow, given, local=local, limits=limits)
        self.ending = self.api.state.ending
        """Set when the service ends: whoever listens is let go."""
        feeds: Feeds = self.api.state.feeds
        routes = [*live.routes(feeds, self.ending), *session.ROUTES, *assets.ROUTES]
        for screen in SCREENS:
            routes += screen.ROUTES
        routes.sort(key=lambda route: "{" in route.path)  # `/goals/new` is no goal, whichever screen comes first
        self._page = _behind(PageDoor(flow, given, local=local), routes, flow, limits)
        self._linked = _behind(LinkDoor(flow, given, local=local), linked.ROUTES, flow, limits)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = scope.get("path", "")
        if asked.startswith(PATH):
            await self._linked(linked.hidden(scope), receive, send)
            return
        app = self.api if "/" + asked.split("/")[1] in _API else self._page
        await app(scope, receive, send)


def _behind(door: Door, routes: Sequence[BaseRoute], flow: Doors, limits: Limits) -> Gate:
    """Pages, and who may come to them."""
    pages = Router(routes, redirect_slashes=False, default=failing.missing)
    return Gate(pages, flow, door, limits, failing.told, HEADERS)
