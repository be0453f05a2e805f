"""How much a tenant may ask at a time: requests a second, requests and streams at once, bytes and seconds of a body."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from starlette.types import Message, Receive

from ..settings import ServeSettings
from .problems import Denied


@dataclass(slots=True)
class _Use:
    """What a tenant uses: tokens that are left of its rate, when they were counted, and what is open."""

    tokens: float
    at: float
    requests: int = 0
    streams: int = 0


class Limits:
    """Of one service. Whoever is above them is refused at once, and told when to come again."""

    def __init__(self, settings: ServeSettings, clock: Callable[[], float] = time.monotonic) -> None:
        self.settings = settings
        self._clock = clock
        self._uses: dict[str, _Use] = {}

    def count(self, who: str) -> None:
        """Take a token of a tenant's bucket. Raises `Denied` where there is none."""
        given, now = self.settings, self._clock()
        use = self._uses.setdefault(who, _Use(given.burst, now))
        use.tokens = min(given.burst, use.tokens + (now - use.at) * given.rate)
        use.at = now
        if use.tokens < 1:
            wait = max(1, math.ceil((1 - use.tokens) / given.rate))
            raise Denied(429, f"more than {given.rate:g} requests a second: wait {wait} s", Retry_After=str(wait))
        use.tokens -= 1

    @contextmanager
    def inside(self, who: str, *, stream: bool) -> Iterator[None]:
        """While this is open, the tenant has one more request or stream. Raises `Denied` where that is too many."""
        use, given = self._uses[who], self.settings
        most, now = (given.streams, use.streams) if stream else (given.requests, use.requests)
        if now >= most:
            what = "streams" if stream else "requests"
            raise Denied(429, f"{now} {what} are open, and no more may be: close one, or raise serve.{what}")
        use.streams += stream
        use.requests += not stream
        try:
            yield
        finally:
            use.streams -= stream
            use.requests -= not stream


async def read(receive: Receive, most: int, seconds: float) -> bytes:
    """The body of a request, in pieces as it comes. Raises `Denied`: it is too large, or too slow."""
    pieces, size = [], 0
    try:
        async with asyncio.timeout(seconds):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Denied(400, "the body ended before it was whole")
                pieces.append(message.get("body", b""))
                size += len(pieces[-1])
                if size > most:
                    raise Denied(413, f"the body is larger than {most} bytes: send less, or raise serve.body_bytes")
                if not message.get("more_body"):
                    return b"".join(pieces)
    except TimeoutError:
        raise Denied(408, f"the body did not come within {seconds:g} s: send it at once") from None


def again(body: bytes, receive: Receive) -> Receive:
    """What a body that was read is read from once more; after it, whatever else comes."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def received() -> Message:
        return waiting.pop() if waiting else await receive()

    return received
