"""What Restate sees of a worker: one virtual object with one handler, served over HTTP/2.

Restate works on one call of a key at a time, keeps the others in their order, and calls again, on any worker behind the
same address, where a connection breaks before a call has ended. All that a call stores in Restate is when the next one
is due, so a call that is made again does the same, however far the one before it came.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import sys
import threading
import warnings
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any, TypeVarTuple, cast

import restate
from hypercorn.asyncio import serve
from hypercorn.config import Config
from hypercorn.typing import ASGIFramework

from ..errors import StorageError, UsageError
from .admin import HOUSE

_Given = TypeVarTuple("_Given")
Due = Sequence[float]
"""When an id is to be called again (epoch seconds), and in how many seconds that is."""
Drive = Callable[[str], Coroutine[Any, Any, Due | None]]
"""Works on an id until nothing can be delivered to it; when it is due again, if ever."""

STREAMS = 16
"""Calls that share a connection. Restate opens another one for more, and that may lead to another worker: where many
workers stand behind one address, few streams spread the calls over all of them."""
_LONG = timedelta(days=30)
"""No attempt of a tool takes as long. A worker that is gone is known by its connection, not by its silence."""
_RETRIES = restate.InvocationRetryPolicy(
    initial_interval=timedelta(milliseconds=100),
    max_interval=timedelta(seconds=2),  # of a worker that is gone, another one takes over so soon
    max_attempts=2**31 - 1,  # or calls would stand still after an outage until somebody resumes them
)
LAST = 3.0
"""Seconds in which calls come to their end once none is taken any more: what they asked for is given back already."""
AGAIN = 0.5
"""Seconds after which an ending worker looks for calls that are left."""
_LISTENING = 128
"""Connections that wait to be taken."""
_HIGHEST = 65_535
# What hypercorn lets lie where a connection ends while the worker does.
warnings.filterwarnings("ignore", "coroutine 'TCPServer._idle_timeout' was never awaited", RuntimeWarning)


class Endpoint:
    """Listens on an address that several workers of a machine may share."""

    def __init__(
        self, listen: str, service: str, drive: Drive, identity_key: str | None = None, house: str | None = None
    ) -> None:
        self._listen, self._end = listen, asyncio.Event()
        self._app, self._leave = application(service, drive, identity_key, house)
        self._serving: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Raises `StorageError` where the address cannot be had."""
        try:
            bound = _bound(self._listen)
        except OSError as error:
            raise StorageError(f"no worker can listen on {self._listen}: {error.strerror or error}") from None
        config = Config()
        config.bind = [f"fd://{bound.detach()}"]
        config.h2_max_concurrent_streams = STREAMS
        config.keep_alive_max_requests = sys.maxsize  # it would break a connection, and all that is at work over it
        config.graceful_timeout = LAST
        config.loglevel = "ERROR"
        self._serving = asyncio.create_task(serve(self._app, config, shutdown_trigger=self._ended, mode="asgi"))

    async def close(self) -> None:
        """Take no calls any more."""
        if self._serving:
            with _unsaid():
                await self._ended_by(self._serving)

    async def _ended_by(self, serving: asyncio.Task[None]) -> None:
        self._end.set()
        await asyncio.wait([serving], timeout=LAST + AGAIN)
        while not serving.done():  # calls were cut off and wait for Restate to close them, which is too late
            self._leave()
            await asyncio.wait([serving], timeout=AGAIN)
        await asyncio.gather(serving, return_exceptions=True)  # calls that came while it closed: others make them again

    async def _ended(self) -> None:
        await self._end.wait()


def application(
    service: str, drive: Drive, identity_key: str | None, house: str | None = None
) -> tuple[ASGIFramework, Callable[[], object]]:
    """The virtual object, whose keys are ids of this house, and what lets the calls go that wait for Restate to close
    them."""
    seen = restate.VirtualObject(
        service,
        description="Works on what is due of one run, goal or schedule of agentflow.",
        metadata={HOUSE: house} if house else None,
        inactivity_timeout=_LONG,
        abort_timeout=_LONG,
        journal_retention=timedelta(0),
        idempotency_retention=timedelta(0),  # what has ended would be taken for what is to come, and kept for an hour
        invocation_retry_policy=_RETRIES,
    )

    @seen.handler(name="drive")
    async def handler(ctx: restate.ObjectContext) -> None:
        due = await ctx.run_typed("work", partial(drive, ctx.key()))
        if due is not None:
            at, seconds = due
            once = str(at) if seconds else None  # whoever is woken often before it asks for the same timer each time
            ctx.object_send(handler, ctx.key(), None, send_delay=timedelta(seconds=seconds), idempotency_key=once)

    try:
        app = restate.app([seen], identity_keys=[identity_key] if identity_key else None)
    except Exception as error:  # noqa: BLE001  # its class is none of those that the SDK shows
        raise UsageError(f"identity_key is no public key of Restate: {error}") from None
    return cast("ASGIFramework", app), _met(app)


def _met(app: Any) -> Callable[[], object]:
    """What the SDK does at SIGTERM. With its first request it would take the signal, and whoever waits for that to end
    the worker would wait for ever: so the first one comes aside, where what it wants to have called is kept."""
    loop = _Aside()
    thread = threading.Thread(target=loop.ask, args=(app,))
    thread.start()
    thread.join()
    return lambda: [called() for called in loop.at_sigterm]


class _Aside(asyncio.SelectorEventLoop):
    """A loop in which no signal is heard."""

    def __init__(self) -> None:
        super().__init__()
        self.at_sigterm: list[Callable[[], object]] = []

    def add_signal_handler(self, sig: int, callback: Callable[[*_Given], object], *args: *_Given) -> None:
        self.at_sigterm.append(partial(callback, *args))

    def ask(self, app: Any) -> None:
        """Whether it is well, which nobody wants to know."""

        async def unheard(_: object) -> None: ...

        self.run_until_complete(app({"type": "http", "path": "/health"}, None, unheard))
        self.close()


@contextmanager
def _unsaid() -> Iterator[None]:
    """Inside, nobody is told what hypercorn stumbles over where calls end while it closes: others make them again."""
    log = logging.getLogger("asyncio")
    log.addFilter(_is_of_interest)
    try:
        yield
    finally:
        log.removeFilter(_is_of_interest)


def _is_of_interest(record: logging.LogRecord) -> bool:
    return not record.getMessage().startswith("Unhandled exception in client_connected_cb")


def _bound(listen: str) -> socket.socket:
    """A socket that listens; another worker of this machine may have one for the same address."""
    host, _, port = listen.rpartition(":")
    if int(port) > _HIGHEST:  # the system would take another one
        raise OSError(f"ports end at {_HIGHEST}")
    [(family, kind, protocol, _, place), *_] = socket.getaddrinfo(
        host.strip("[]"), int(port), type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    bound = socket.socket(family, kind, protocol)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        bound.bind(place)
        bound.listen(_LISTENING)
    except BaseException:
        bound.close()
        raise
    return bound
