"""Who asks for a page: whoever has signed in with a key, or on this machine alone the person who began the service."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import Scope

from ..app.doors import Doors
from ..app.readiness import guarded
from ..app.seals import Seals
from ..errors import Expired, Unauthorized
from ..records import Principal
from ..settings import ServeSettings
from ..web.entry import check_host
from ..web.problems import Denied

SESSION = "session"
"""What a cookie's seal is for."""
LASTS = 12 * 3600.0
"""Seconds for which somebody stays signed in."""
_READING = frozenset({"GET", "HEAD"})
OPEN = ("/static/", "/login")
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
            check_host(asked.headers.get("host", ""))
        if scope["method"] not in _READING:
            _check_origin(asked.headers)
        scope["state"]["door"] = self
        if scope["path"].startswith(OPEN):
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


def _check_origin(headers: Headers) -> None:
    """What changes something comes from a page of this house, and from no other's. Raises `Denied`."""
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    ours = urlsplit(origin).netloc == headers.get("host") if origin is not None else site == "same-origin"
    if not ours or site not in (None, "same-origin"):
        raise Denied(403, "this came from a page of another address: open this page itself, and do it there")
