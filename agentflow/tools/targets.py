"""Where a request may go: the URL of an order against its agent's hosts, and where a redirect may lead to. Pure."""

from __future__ import annotations

import httpx2

from ..errors import ToolError
from .addresses import literal
from .hosts import PORTS, Host, allowed, canonical
from .order import Answer, Order

LENGTH = 8_192
"""Of a URL."""
SAFE = frozenset({"GET", "HEAD"})
"""Methods that do nothing but read."""

_ONWARD = frozenset({301, 302, 303, 307, 308})


def target(order: Order) -> httpx2.URL:
    """The URL, if its agent may reach it. What is judged here is what is connected to: it is parsed once."""
    if len(order.url) + sum(len(f"{name}={value}") for name, value in order.params.items()) > LENGTH:
        raise ToolError(f"the URL with its params is longer than {LENGTH} characters; send them as a body")
    try:
        url = httpx2.URL(order.url).copy_merge_params(order.params).copy_with(fragment=None)
        if url.scheme not in PORTS or not url.host or url.userinfo:
            raise ValueError("write https://host/path, without a user or password in it")
        url = url.copy_with(host=canonical(place(url).name))
        there = place(url)
        if not 0 < there.port < 65_536:
            raise ValueError(f"there is no port {there.port}")
    except (httpx2.InvalidURL, ValueError) as error:
        raise ToolError(f"the URL {order.url!r:.200} cannot be used: {error}") from error
    if not allowed(order.hosts, there):
        entry = _entry(there)
        if kind := literal(there.name):
            raise ToolError(f"{entry} is not public ({kind}): no request goes there; reach such a service with a @tool")
        raise ToolError(
            f"this agent may not send requests to {entry}: allow it with `agentflow agent create NAME --host {entry} "
            f'--update`, with a --host for each that it keeps, or with hosts = ["{entry}"] in [agents.NAME] of '
            "agentflow.toml"
        )
    return url


def place(url: httpx2.URL) -> Host:
    """Scheme, name in its ASCII form, and port of a URL."""
    return Host(url.scheme, url.raw_host.decode(), PORTS[url.scheme] if url.port is None else url.port)


def _entry(place: Host) -> str:
    """How an allow-list names exactly this place."""
    name = f"[{place.name}]" if ":" in place.name else place.name
    port = "" if place.port == PORTS[place.scheme] else f":{place.port}"
    return f"{'http://' if place.scheme == 'http' else ''}{name}{port}"


def onward(method: str, url: httpx2.URL, answer: Answer) -> httpx2.URL | None:
    """Where a redirect leads to, if it may be followed: nothing was sent, and it stays at the same place."""
    location = answer.headers.get("location")
    if method not in SAFE or answer.status not in _ONWARD or location is None:
        return None
    try:
        following = url.join(location).copy_with(fragment=None)
    except httpx2.InvalidURL:
        return None
    here, there = ((one.scheme, one.userinfo, one.raw_host, one.port) for one in (url, following))
    return following if here == there else None


def named(order: Order, url: httpx2.URL) -> str:
    """The request in a message: without its query, in which there may be a secret."""
    return f"{order.method} {url.copy_with(query=None)}"
