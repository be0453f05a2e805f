"""The server on a socket: begun once there is something to answer with, ended without cutting anyone off.

httptools reads the requests: h11, which is plain Python, took 0.3 ms of a processor for each, a third of a short one.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

from starlette.types import ASGIApp
from uvicorn import Config, Server
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

GRACE = 10
"""Seconds that answers in flight have when the service ends."""
IDLE = 15
"""Seconds that a connection without a request is kept."""
HEAD = 32_768
"""Bytes that the lines before a body, or after it, may have while their end has not come."""
SLOW = 15.0
"""Seconds within which those lines must have come."""


@asynccontextmanager
async def serving(app: ASGIApp, ending: asyncio.Event, listener: socket.socket) -> AsyncIterator[None]:
    """While this is open, the app answers. At the end no request is taken any more, and those in flight finish;
    `ending` is set, so that streams do."""
    config = Config(
        app,
        lifespan="off",
        ws="none",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=IDLE,
        timeout_graceful_shutdown=GRACE,
        http=_Connection,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve([listener]), name="http")
    ready = asyncio.create_task(server.ready.wait())
    try:
        await asyncio.wait({task, ready}, return_when=asyncio.FIRST_COMPLETED)
        yield
    finally:
        ready.cancel()
        ending.set()
        server.should_exit = True
        await asyncio.wait([task])
        with suppress(asyncio.CancelledError):
            task.result()


class _Server(Server):
    """Says when it answers, and leaves signals to whoever runs it: the engine has to end after it, and not with it."""

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class _Connection(HttpToolsProtocol):
    """Is cut where the lines before a body do not come in time or are too long, and where nonsense comes in an answer.

    uvicorn itself would wait for them for ever, keep whatever comes, and write one answer into the other.
    """

    _cut: asyncio.TimerHandle | None = None
    _held = 0
    """Bytes that have led to nothing yet."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._look()

    def data_received(self, data: bytes) -> None:
        self._held += len(data)
        super().data_received(data)
        if self._held > HEAD and not self.transport.is_closing():
            self.send_400_response("The head of this request is too long.")
        self._look()

    def on_headers_complete(self) -> None:
        """What is raised here is answered with 400."""
        self._held = 0
        if not self.url.startswith(b"/"):
            raise ValueError("a request is for a path")
        if [name for name, _ in self.headers].count(b"host") != 1:
            raise ValueError("a request has one Host, so that nobody between reads another one")
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._held = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._held = 0
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        if self.cycle is not None and self.cycle.response_started:  # type: ignore[redundant-expr]  # at first it has none
            self.transport.abort()
        else:
            super().send_400_response(msg)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop()
        super().connection_lost(exc)

    def _look(self) -> None:
        """Let time run while there is no request to answer; each byte that comes gives it no more."""
        if self.cycle is not None and not self.cycle.response_complete:  # type: ignore[redundant-expr]  # the same
            self._stop()
        elif self._cut is None:
            self._cut = self.loop.call_later(SLOW, self.transport.abort)

    def _stop(self) -> None:
        if self._cut:
            self._cut.cancel()
            self._cut = None
