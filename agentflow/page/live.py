"""Pages are live: a stream says that something has changed, and the page asks for itself once more.

So each screen is written once, and what is shown after a change is what is shown when the page is opened. A page
names what it is about (`?of=run:ID`, several times); without that it is about everything in its tenant.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from ..app.feeds import Change, Feeds
from .shell import house

PACE = 0.4
"""Seconds between two calls to load a page again."""
QUIET = 15.0
"""Seconds after which something is sent where nothing happens, so that whoever is gone is noticed."""
LONGEST = 900.0
"""Seconds of one stream: a browser opens the next one, with a cookie that is still good."""
CHANGED = "event: changed\ndata:\n\n"
STILL = ":\n\n"


def routes(feeds: Feeds, ending: asyncio.Event) -> list[Route]:
    """The stream, for a service that has these feeds and says when it ends."""

    async def live(request: Request) -> Response:
        wanted = frozenset(request.query_params.getlist("of"))
        changes = feeds.follow(house(request).principal)
        headers = {"x-accel-buffering": "no"}
        return StreamingResponse(_told(changes, wanted, ending), media_type="text/event-stream", headers=headers)

    return [Route("/live/stream", live)]


async def _told(
    changes: AsyncGenerator[Change, None], wanted: frozenset[str], ending: asyncio.Event
) -> AsyncIterator[str]:
    """One line whenever something that is wanted has changed, however much it was; until the service ends."""
    news, end = asyncio.Event(), time.monotonic() + LONGEST
    hearing = asyncio.create_task(_hear(changes, wanted, news))
    ended = asyncio.create_task(ending.wait())
    try:
        yield STILL  # the answer begins at once
        while not ending.is_set() and time.monotonic() < end:
            waiting = asyncio.create_task(news.wait())
            await asyncio.wait({waiting, ended, hearing}, timeout=QUIET, return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
            if hearing.done():
                return
            yield CHANGED if news.is_set() else STILL
            news.clear()
            await asyncio.wait({ended}, timeout=PACE)
    finally:
        ended.cancel()
        hearing.cancel()
        await asyncio.wait([hearing])


async def _hear(changes: AsyncGenerator[Change, None], wanted: frozenset[str], news: asyncio.Event) -> None:
    async with aclosing(changes):
        async for change in changes:
            if not wanted or f"{change.kind}:{change.id}" in wanted:
                news.set()
