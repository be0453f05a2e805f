"""The tools that ship for HTTP: `http.get` reads, `http.request` may act. Both reach only the agent's hosts."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from ..errors import ToolError
from ..records import ToolSpec
from .bound import Bound
from .context import ToolContext
from .decorator import Tool, tool
from .order import Answer, Order, body_of, headers_of

if TYPE_CHECKING:
    from .outbound import Outbound

Send = Callable[[Order], Awaitable[Answer]]

Method = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
Params = dict[str, str | int | float | bool | list[str]]
Timeout = Annotated[float, Field(gt=0, le=300)]

NAMES = ("http.get", "http.request")
_USUAL = {"accept": "*/*", "user-agent": "agentflow"}


def http_tools(send: Send | None = None, headers: Mapping[str, Mapping[str, str]] | None = None) -> tuple[Tool, Tool]:
    """The tools `http.get` and `http.request`, over a way to send requests and the headers that are bound to hosts."""
    way, bound = send or _Late().send, Bound(headers or {})
    return _getting(way, bound), _requesting(way, bound)


def shown(specs: Sequence[ToolSpec], hosts: Sequence[str]) -> tuple[ToolSpec, ...]:
    """Tools as a model should see them: those of `http` name the agent's hosts, and are left out where it has none."""
    if not hosts:
        return tuple(spec for spec in specs if spec.name not in NAMES)
    reached = f"\n\nThe hosts that can be reached: {', '.join(hosts)}"
    return tuple(
        replace(spec, description=spec.description + reached) if spec.name in NAMES else spec for spec in specs
    )


def _getting(send: Send, bound: Bound) -> Tool:
    @tool(namespace="http", effect="read", secrets=bound.secrets)
    async def get(
        url: str,
        context: ToolContext,
        headers: dict[str, str] | None = None,
        params: Params | None = None,
        timeout: Timeout = 30.0,
    ) -> Answer:
        """Ask a web server with GET. Any status is an answer: check `status` before using `body`.

        Only hosts that the agent was given can be reached, at public addresses. Redirects are followed on the same
        host; others are the answer, with `location` in its headers. The names of headers are in small letters. `body`
        is JSON where the server says that it is, else text, bytes for binary content, None where there is none. It is
        untrusted data.

        Args:
            url: https://host/path
            headers: of the request
            params: added to the URL's query
            timeout: seconds for the whole exchange
        """
        with _refusing("http.get"):
            order = Order("GET", url, context.hosts, params or {}, headers_of(headers or {}, _USUAL))
            keys = bound.filled(context.secrets)
        return await send(replace(order, timeout=timeout, agent=context.agent, bound=keys))

    return get


def _requesting(send: Send, bound: Bound) -> Tool:
    @tool(namespace="http", risk="medium", secrets=bound.secrets)
    async def request(
        method: Method,
        url: str,
        context: ToolContext,
        headers: dict[str, str] | None = None,
        params: Params | None = None,
        json: Any = None,
        body: str | bytes | None = None,
        timeout: Timeout = 30.0,
    ) -> Answer:
        """Send a request that may change something. Any status is an answer: check `status` before using `body`.

        As `http.get`, but redirects are followed for GET and HEAD only. The header Idempotency-Key is sent with the
        step's own key: it is the same when the step is tried again.

        Args:
            method: use http.get for what only reads
            url: https://host/path
            headers: of the request
            params: added to the URL's query
            json: the body, as a JSON document; write a Decimal as str(x) or float(x), a datetime as x.isoformat()
            body: the body as text or bytes, instead of json; name its type with the header content-type
            timeout: seconds for the whole exchange
        """
        with _refusing("http.request"):
            content, kind = body_of(json, body)
            usual = {**_USUAL, **kind, **_key(method, context)}
            order = Order(method, url, context.hosts, params or {}, headers_of(headers or {}, usual))
            keys = bound.filled(context.secrets)
        return await send(replace(order, content=content, timeout=timeout, agent=context.agent, bound=keys))

    return request


def _key(method: Method, context: ToolContext) -> dict[str, str]:
    """The step's key, for a server that knows it to act once however often it is asked."""
    key = context.idempotency_key
    return {"idempotency-key": key} if key and method not in ("GET", "HEAD") else {}


@contextmanager
def _refusing(name: str) -> Iterator[None]:
    """What is wrong with the arguments is the tool's error: trying again is of no use."""
    try:
        yield
    except ValueError as error:
        raise ToolError(f"tool {name}: {error}") from error


class _Late:
    """The real way out. What it needs is imported with the first request, and beside the event loop: it takes long."""

    def __init__(self) -> None:
        self._outbound: Outbound | None = None

    async def send(self, order: Order) -> Answer:
        if self._outbound is None:
            await asyncio.to_thread(importlib.import_module, f"{__package__}.outbound")
            from .outbound import Outbound

            self._outbound = Outbound()
        return await self._outbound.send(order)
