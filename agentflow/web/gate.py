"""What every request passes first, and what is said of it afterwards."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..app.doors import Doors
from ..app.repeats import Repeats
from ..errors import AgentFlowError
from ..records import Principal
from .entry import Door
from .limits import Limits, again, read
from .problems import Denied, of_denial, of_error, problem
from .repeated import Repeated

log = logging.getLogger("agentflow.web")

HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
]
"""Of every answer, where it does not say otherwise itself."""
BUG = "this is a bug in agentflow, please report it"
Tell = Callable[[Scope, Exception], ASGIApp | None]
"""What is answered where something went wrong; None where nobody expected it."""


class Gate:
    """Stands before the app, and lets no exception out: what nobody expected is a problem, and a line in the log."""

    def __init__(
        self,
        app: ASGIApp,
        flow: Doors,
        entry: Door,
        limits: Limits,
        tell: Tell | None = None,
        headers: Sequence[tuple[bytes, bytes]] = HEADERS,
    ) -> None:
        self._app = app
        self._tell = tell or _problem
        self._headers = headers
        self._repeats = Repeats(flow._house)
        self._repeated = Repeated(app, self._repeats)
        self._flow = flow
        self._entry = entry
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":  # nothing else is spoken here
            return
        answer = _Answer(send, self._limits.settings.seconds, self._headers)
        scope["state"], began = {"flow": self._flow}, time.perf_counter()
        try:
            await self._answered(scope, receive, answer)
        except Exception as error:
            said = self._tell(scope, error)
            if said is None:
                log.exception("%s %s failed: %s", scope["method"], _shown(scope["path"]), BUG)
            if answer.status:  # half an answer cannot be taken back: the connection is cut
                raise
            await (said or self._tell(scope, Denied(500, BUG)) or problem(scope["path"], 500, BUG))(
                scope, receive, answer
            )
        finally:
            took = (time.perf_counter() - began) * 1000
            what, principal = (
                (scope["method"], _shown(scope["path"]), answer.status, took),
                scope["state"].get("principal"),
            )
            who = f"{principal.tenant}/{principal.name}" if principal else "-"
            log.info("%s %s %d %.1f ms %s", *what, who, extra={"fields": _fields(*what, principal)})

    async def _answered(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in: who asks, how often, and the whole of its body."""
        limits = self._limits
        principal = await self._entry.principal(scope)
        if principal is None:
            body = await read(receive, limits.settings.body_bytes, limits.settings.seconds)
            await self._app(scope, again(body, receive), send)
            return
        flow = self._flow.acting_as(principal)
        scope["state"] |= {"flow": flow, "principal": principal, "asked_at": flow.now(), "repeats": self._repeats}
        limits.count(principal.tenant)
        with limits.inside(principal.tenant, stream=scope["path"].endswith("/stream")):
            body = await read(receive, limits.settings.body_bytes, limits.settings.seconds)
            await self._repeated(scope, again(body, receive), send, principal, body)


def _problem(scope: Scope, error: Exception) -> ASGIApp | None:
    """The problem that an error is; None where nobody expected it."""
    path = scope["path"]
    if isinstance(error, Denied):
        return of_denial(path, error)
    return of_error(path, error) if isinstance(error, AgentFlowError) else None


def _fields(method: str, path: str, status: int, took: float, principal: Principal | None) -> dict[str, Any]:
    """An answer as fields of the log."""
    of = {"tenant": principal.tenant, "who": principal.name} if principal else {}
    return {"event": "http", "method": method, "path": path, "status": status, "ms": round(took, 1), **of}


def _shown(path: str) -> str:
    """A path on one line of the log, as it was sent and not longer than a person reads."""
    return path.encode("unicode_escape").decode("ascii")[:200]


class _Answer:
    """Adds headers to an answer, and knows its status; 0 while there is none. Who does not read it is cut off."""

    def __init__(self, send: Send, seconds: float, headers: Sequence[tuple[bytes, bytes]]) -> None:
        self._send = send
        self._seconds = seconds
        self._headers = headers
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            said = {name.lower() for name, _ in message["headers"]}
            message["headers"] = [*message["headers"], *(one for one in self._headers if one[0] not in said)]
        async with asyncio.timeout(self._seconds):
            await self._send(message)
