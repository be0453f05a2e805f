"""Sends a request to a host that its agent is allowed, at an address that was checked, within limits of time and size.

    URL ── allow-list ── resolved ── every address public? ── connected to just that address ── TLS for the name

A name is resolved once for each request, and the connection goes to the address that was looked at: what the name means
a moment later (DNS rebinding) does not matter. Nothing is kept: no cookie, no connection, which would skip the
check of the certificate for another name at the same address. Proxies and passwords of the environment are not used.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from weakref import WeakValueDictionary

import httpx2

from ..errors import ToolError, UnknownOutcome
from . import content
from .addresses import special
from .order import Answer, Order
from .targets import SAFE, named, onward, place, target

ANSWER_BYTES = 1_048_576
"""Of an answer's body, once it is unpacked."""
HEADERS = 100
REDIRECTS = 5
ADDRESSES = 4
"""Of one name, that are tried in turn."""
CONNECT_SECONDS = 10.0
AT_ONCE = 16
"""Requests of one agent; its others wait. A thousand would use up the descriptors that all share."""

REPEATABLE = SAFE | {"PUT", "DELETE"}
"""Methods that come to the same when they are sent again (RFC 9110, 9.2.2)."""

_RESOLVERS = ThreadPoolExecutor(8, "resolver")
"""Threads of their own: a name server that keeps them waiting keeps no tool and no other work of this process."""
_NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Trusts no certificate: for requests that have nothing to do with any."""
_UNPACKED = frozenset({"", "identity", "gzip", "deflate"})


class Unusable(Exception):
    """The server has answered, and the answer cannot be handed on."""


@dataclass
class Progress:
    """How far a request came."""

    sent: bool = False
    """From here on the server may have acted on it."""
    streams: list[Any] = field(default_factory=list)
    """That were opened. One that is cancelled in the middle of the TLS handshake is closed by nobody else."""

    async def note(self, event: str, info: Mapping[str, Any]) -> None:
        self.sent = self.sent or event.endswith(".send_request_headers.started")
        if event == "connection.connect_tcp.complete":
            self.streams.append(info["return_value"])

    async def close(self) -> None:
        for stream in self.streams:
            await stream.aclose()


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, in the order in which the system would try them."""
    ask = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    found = await asyncio.get_running_loop().run_in_executor(_RESOLVERS, ask)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class Outbound:
    """The way out. How names are resolved, which addresses are refused and whose certificates count can be given."""

    def __init__(
        self,
        *,
        resolve: Callable[[str, int], Awaitable[Sequence[str]]] = resolve,
        special: Callable[[str], str | None] = special,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._resolve = resolve
        self._special = special
        self._trust = trust
        self._gates = WeakValueDictionary[str, asyncio.Semaphore]()

    async def send(self, order: Order) -> Answer:
        """The answer, whatever its status. Raises ToolError for what is not allowed, ConnectionError or TimeoutError
        where nothing happened, and UnknownOutcome where nobody knows."""
        url = target(order)
        async with self._gates.setdefault(order.agent, asyncio.Semaphore(AT_ONCE)):
            return await self._send(order, url, Progress())

    async def _send(self, order: Order, url: httpx2.URL, progress: Progress) -> Answer:
        """Within its time, which begins now; and what a failure means."""
        try:
            async with asyncio.timeout(order.timeout):
                return await self._follow(order, url, progress)
        except (TimeoutError, httpx2.TimeoutException) as error:
            cause: Exception = TimeoutError(f"no whole answer within {order.timeout:g} s")
            raise _meaning(order, url, progress, cause) from error
        except (httpx2.HTTPError, OSError) as error:
            cause = ConnectionError(f"the connection failed: {str(error) or type(error).__name__}")
            raise _meaning(order, url, progress, cause) from error
        except Unusable as error:
            raise _meaning(order, url, progress, error) from error
        finally:
            await progress.close()

    async def _follow(self, order: Order, url: httpx2.URL, progress: Progress) -> Answer:
        """The answer after redirects to the same place; others are answers."""
        for _ in range(1 + REDIRECTS):
            answer = await self._exchange(order, url, progress)
            following = onward(order.method, url, answer)
            if following is None:
                return answer
            url = following
        raise Unusable(f"more than {REDIRECTS} redirects, the last one to {url}")

    async def _exchange(self, order: Order, url: httpx2.URL, progress: Progress) -> Answer:
        addresses = await self._checked(order, url)
        trust = await self._trusted() if url.scheme == "https" else _NOBODY
        limits = httpx2.Limits(max_connections=1, max_keepalive_connections=0)
        async with httpx2.AsyncHTTPTransport(verify=trust, trust_env=False, limits=limits) as transport:
            request = _request(order, url, progress)
            response = await _connected(transport, request, addresses)
            async with aclosing(response):
                return await _read(response, url)

    async def _checked(self, order: Order, url: httpx2.URL) -> Sequence[str]:
        """The addresses of the URL's host, if all of them are public."""
        name = place(url).name
        addresses = await self._resolve(name, place(url).port)
        for address in addresses:
            if what := self._special(address):
                at = "an address" if address == name else f"at {address}"
                raise ToolError(
                    f"{named(order, url)}: {name} is {at} that is not public ({what}); for a service of your "
                    "own network write a @tool"
                )
        return addresses[:ADDRESSES]

    async def _trusted(self) -> ssl.SSLContext:
        if self._trust is None:
            self._trust = await asyncio.to_thread(httpx2.create_ssl_context)
        return self._trust


def _request(order: Order, url: httpx2.URL, progress: Progress) -> httpx2.Request:
    extensions = {"sni_hostname": place(url).name, "timeout": {"connect": CONNECT_SECONDS}, "trace": progress.note}
    bound = {name: text for host, given in order.bound if host.covers(place(url)) for name, text in given.items()}
    headers = {**order.headers, **bound, "accept-encoding": "gzip, deflate", "connection": "close"}
    return httpx2.Request(order.method, url, headers=headers, content=order.content, extensions=extensions)


async def _connected(
    transport: httpx2.AsyncHTTPTransport, request: httpx2.Request, addresses: Sequence[str]
) -> httpx2.Response:
    """The response from the first address that can be connected to. Host, SNI and certificate stay the name's."""
    failed: httpx2.TransportError = httpx2.ConnectError("it has no address")
    for address in addresses:
        request.url = request.url.copy_with(host=address)
        try:
            response = await transport.handle_async_request(request)
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
            failed = error
        else:
            response.request = request
            return response
    raise failed


async def _read(response: httpx2.Response, url: httpx2.URL) -> Answer:
    headers = response.headers
    packed = headers.get("content-encoding", "").strip().lower()
    if packed not in _UNPACKED:  # several layers could inflate for minutes between two looks at the clock
        raise Unusable(f"it is packed as {packed!r:.60}, which was not asked for")
    if len(headers.raw) > HEADERS:
        raise Unusable(f"it has {len(headers.raw)} headers, the limit is {HEADERS}")
    body = await _body(response)
    value = content.value(headers.get("content-type", ""), body)
    return Answer(response.status_code, dict(headers.items()), value, str(url))


async def _body(response: httpx2.Response) -> bytes:
    """The body, unpacked in small pieces, so that a bomb is seen before it has burst."""
    body = bytearray()
    async with aclosing(response.aiter_bytes()) as parts:
        async for part in parts:
            body += part
            if len(body) > ANSWER_BYTES:
                raise Unusable(f"it is longer than {ANSWER_BYTES} bytes; ask for less at once")
    return bytes(body)


def _meaning(order: Order, url: httpx2.URL, progress: Progress, cause: Exception) -> Exception:
    """What a failure means for the step: nothing happened, or nobody knows."""
    request = named(order, url)
    if isinstance(cause, Unusable):
        said = f"{request}: the answer cannot be used: {cause}"
        return ToolError(said) if order.method in SAFE else UnknownOutcome(f"{said}; nobody knows what the request did")
    if progress.sent and order.method not in REPEATABLE:
        return UnknownOutcome(f"{request}: {cause}, after the request was sent: it may have been carried out")
    return type(cause)(f"{request}: {cause}")
