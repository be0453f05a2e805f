"""Who asks: the key that a request shows, or on this machine alone the person who began the service."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Protocol
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

from ..app.doors import Doors
from ..app.readiness import guarded
from ..errors import Refused
from ..records import Principal
from .problems import Denied

OPEN = frozenset({"/", "/healthz", "/readyz", "/openapi.json"})
"""What is answered without a key."""
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_SCHEME = "bearer "


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


async def check_reach(flow: Doors, host: str, url: str | None = None) -> bool:
    """Whether a key is needed at an address, or where people reach it through a proxy. Raises `Refused` where one is,
    and there is none."""
    if await guarded(flow):
        return True
    reached = (host, _name(url) or host) if url else (host,)
    if others := [one for one in reached if not is_loopback(one)]:
        raise Refused(
            f"others can reach {others[0]}, and there is no key yet: make one with"
            " `agentflow key create NAME --role admin`, or serve on 127.0.0.1"
        )
    return False


class Door(Protocol):
    """Finds out who asks."""

    async def principal(self, scope: Scope) -> Principal | None:
        """Who asks; None where nobody needs to say so. Raises `Denied` and `Unauthorized`."""


class Entry:
    """The door of a service. `local`: it listens on this machine alone, so no other name of it is the one meant, but
    that of `url`, where people reach it through a proxy."""

    def __init__(self, flow: Doors, *, local: bool, url: str | None = None) -> None:
        self._flow = flow
        self._local = local
        self._url = url

    async def principal(self, scope: Scope) -> Principal | None:
        """Who asks; None where nobody needs to say so. Raises `Denied` and `Unauthorized`."""
        headers = Headers(scope=scope)
        if self._local:
            check_host(headers.get("host", ""), self._url)
        if scope["path"] in OPEN:
            return None
        given = headers.get("authorization", "")
        if given[: len(_SCHEME)].lower() == _SCHEME:
            return await self._flow.keys.principal(given[len(_SCHEME) :].strip())
        if not self._local or await guarded(self._flow):
            raise Denied(
                401, "a key is needed: send it as `Authorization: Bearer KEY`; `agentflow key create` makes one"
            )
        _check_origin(headers)
        return Principal(channel="http")


def check_host(named: str, url: str | None = None) -> None:
    """Refuse what a page of somebody else's sends here by a name of its own that leads to this machine."""
    known = url is not None and named.lower() == place(url).lower()
    if _name(f"//{named}") not in _LOCAL and not known:
        raise Denied(421, "this service answers only as localhost: ask for it by that name")


def _check_origin(headers: Headers) -> None:
    """Where no key is asked for, a browser must not bring somebody else's page along."""
    origin = headers.get("origin")
    foreign = origin is not None and place(origin) != headers.get("host")
    if foreign or headers.get("sec-fetch-site") in ("cross-site", "same-site"):
        raise Denied(403, "pages of other addresses may not ask here: use a key")


def place(origin: str) -> str:
    """Host and port of an origin as a browser gives it, whatever it is."""
    return origin.partition("://")[2]


def _name(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None
