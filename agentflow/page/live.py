"""Pages are live: a stream says that something has changed, and the page asks for itself once more.

So each screen is written once, and what is shown after a change is what is shown when the page is opened. A page
names what it is about (`?of=run:ID`, several times); without that it is about everything in its tenant. With
`draft:ID` it also hears of an answer that grows while it is written for a goal.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from ..app.drafts import growing
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
        changes = _wanted(feeds.follow(house(request).principal), wanted)
        sources = [changes, *[growing(await house(request).goals.get(id)) for id in _drafts(wanted)]]
        headers = {"x-accel-buffering": "no"}
        return StreamingResponse(_told(sources, ending), media_type="text/event-stream", headers=headers)

    return [Route("/live/stream", live)]


def _drafts(wanted: frozenset[str]) -> list[str]:
    return [id for kind, _, id in (one.partition(":") for one in wanted) if kind == "draft"]


async def _told(sources: Sequence[AsyncGenerator[None, None]], ending: asyncio.Event) -> AsyncIterator[str]:
    """One line whenever something has changed, however much it was; until the service ends."""
    news, end = asyncio.Event(), time.monotonic() + LONGEST
    hearing = {asyncio.create_task(_hear(source, news)) for source in sources}
    ended = asyncio.create_task(ending.wait())
    try:
        yield STILL  # the answer begins at once
        while not ending.is_set() and time.monotonic() < end:
            waiting = asyncio.create_task(news.wait())
            await asyncio.wait({waiting, ended, *hearing}, timeout=QUIET, return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
            if any(one.done() for one in hearing):
                return
            yield CHANGED if news.is_set() else STILL
            news.clear()
            await asyncio.wait({ended}, timeout=PACE)
    finally:
        ended.cancel()
        for one in hearing:
            one.cancel()
        await asyncio.wait(hearing)


async def _hear(source: AsyncGenerator[None, None], news: asyncio.Event) -> None:
    async with aclosing(source):
        async for _ in source:
            news.set()


async def _wanted(changes: AsyncGenerator[Change, None], wanted: frozenset[str]) -> AsyncGenerator[None, None]:
    async with aclosing(changes):
        async for change in changes:
            if not wanted or f"{change.kind}:{change.id}" in wanted:
                yield
