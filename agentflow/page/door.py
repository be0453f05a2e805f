"""Who asks for a page: whoever has signed in with a key, or on this machine alone the person who began the service."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import Scope

from ..app.doors import Doors
from ..app.readiness import guarded
from ..app.seals import Seals
from ..errors import Expired, Unauthorized
from ..records import Principal
from ..settings import ServeSettings
from ..web.entry import check_host, place
from ..web.problems import Denied

SESSION = "session"
"""What a cookie's seal is for."""
LASTS = 12 * 3600.0
"""Seconds for which somebody stays signed in."""
READING = frozenset({"GET", "HEAD"})
FILES = "/static/"
OPEN = frozenset({"/login"})
"""What is answered to anybody."""


class SignIn(Denied):
    """There is nobody yet: the page for signing in comes first."""

    def __init__(self) -> None:
        super().__init__(401, "sign in with a key first")


class PageDoor:
    """The door for browsers. A key is shown once; after that a cookie says whose it was, and is looked up each time."""

    def __init__(self, flow: Doors, settings: ServeSettings, *, local: bool) -> None:
        self._flow = flow
        self._seals = Seals(flow._house)
        self._settings = settings
        self._local = local

    async def principal(self, scope: Scope) -> Principal | None:
        """Who asks; None where nobody needs to say so. Raises `Denied`."""
        asked = HTTPConnection(scope)
        if self._local:
            check_host(asked.headers.get("host", ""), self._settings.url)
        if scope["method"] not in READING:
            check_origin(asked.headers, self._settings.url)
        scope["state"]["door"] = self
        if scope["path"] in OPEN or scope["path"].startswith(FILES):
            return None
        if self._local and not await guarded(self._flow):
            return Principal(channel="page")
        try:
            said = await self._seals.opened(SESSION, asked.cookies.get(self.cookie, ""))
            return await self._flow.keys.holder(said["key"])
        except (Unauthorized, Expired):
            raise SignIn from None

    @property
    def secure(self) -> bool:
        """Whether browsers reach this house by https alone."""
        return (self._settings.url or "").startswith("https://")

    @property
    def cookie(self) -> str:
        """The name of the cookie: browsers take the first one only by https, and of this very host."""
        return "__Host-agentflow" if self.secure else "agentflow"

    async def signed(self, secret: str) -> str:
        """What a cookie holds for whoever has shown this key. Raises `Unauthorized`."""
        known = await self._flow.keys.principal(secret, "page")
        return await self._seals.seal(SESSION, {"key": known.key}, self._flow.now() + LASTS)


def check_origin(headers: Headers, url: str | None = None) -> None:
    """What changes something comes from a page of this house, and from no other's. Raises `Denied`.

    `url` is where browsers find the house through a proxy, which may name another host to it.
    """
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    ours = site == "same-origin" if origin is None else origin == url or place(origin) == headers.get("host")
    if not ours or site not in (None, "same-origin"):
        raise Denied(403, "this came from a page of another address: open this page itself, and do it there")
