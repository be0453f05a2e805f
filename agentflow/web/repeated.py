"""`Idempotency-Key`: whoever does not know whether a request came through sends it again, and it acts once."""

from __future__ import annotations

import hashlib

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..app.repeats import Answer, Repeats
from ..records import Principal
from .problems import Denied

HEADER = "idempotency-key"
LONGEST = 255
SECRET = frozenset({"/v1/keys"})
"""What answers with a secret, which is kept nowhere: here a name that is taken keeps it from happening twice."""
_STAY = frozenset({401, 403, 408, 413, 429})
"""Refusals that are of the moment, as are faults of the host: the same request may be answered otherwise soon."""


class Repeated:
    """Stands around the app for requests that carry a key."""

    def __init__(self, app: ASGIApp, repeats: Repeats) -> None:
        self._app = app
        self._repeats = repeats

    async def __call__(self, scope: Scope, receive: Receive, send: Send, principal: Principal, body: bytes) -> None:
        """Answer a request of somebody: as before, where theirs has been answered."""
        key = Headers(scope=scope).get(HEADER)
        if key is None or scope["method"] != "POST" or scope["path"] in SECRET:
            await self._app(scope, receive, send)
            return
        if not key or len(key) > LONGEST or not key.isascii() or not key.isprintable():
            raise Denied(422, f"Idempotency-Key is not 1 to {LONGEST} printable ASCII characters: take a random one")
        if (
            known := await self._repeats.begin(principal.tenant, key, _digest(scope, principal.name, body))
        ) is not None:
            said = {"Idempotency-Replayed": "true"}
            await Response(known.body, known.status, said, known.media)(scope, receive, send)
            return
        await self._first(scope, receive, send, principal.tenant, key)

    async def _first(self, scope: Scope, receive: Receive, send: Send, tenant: str, key: str) -> None:
        copy, kept = _Copy(), False
        try:
            with self._repeats.acting(tenant, key):
                await self._app(scope, receive, copy)
            if copy.status < 500 and copy.status not in _STAY:
                await self._repeats.keep(tenant, key, copy.answer())
                kept = True
        finally:
            if not kept:
                await self._repeats.drop(tenant, key)
        for message in copy.messages:  # only now: whoever has the answer can rely on getting it again
            await send(message)


class _Copy:
    """Keeps an answer back."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def __call__(self, message: Message) -> None:
        self.messages.append(message)

    @property
    def status(self) -> int:
        return int(self.messages[0]["status"])

    def answer(self) -> Answer:
        media = Headers(raw=self.messages[0]["headers"]).get("content-type", "application/json")
        body = b"".join(message.get("body", b"") for message in self.messages[1:])
        return Answer(self.status, media, body.decode())


def _digest(scope: Scope, who: str, body: bytes) -> str:
    """What was asked, and by whom: the same key for anything else is a mistake."""
    asked = b"\n".join([who.encode(), scope["path"].encode(), scope["query_string"], body])
    return hashlib.sha256(asked).hexdigest()
