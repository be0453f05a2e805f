"""Pages are live: a stream says that something has changed, and the page asks for itself once more.

So each screen is written once, and what is shown after a change is what is shown when the page is opened. A page
names what it is about (`?of=run:ID`, several times); without that it is about everything in its tenant. With
`draft:ID` it also hears of an answer that grows while it is written for a goal. It says when it was made (`?since=`),
and whoever comes back which call was the last (`Last-Event-ID`, a moment, too): what has changed since is told at once.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
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
_MOMENT = re.compile(r"\d{1,12}\.\d{1,9}")


def routes(feeds: Feeds, ending: asyncio.Event) -> list[Route]:
    """The stream, for a service that has these feeds and says when it ends."""

    async def live(request: Request) -> Response:
        wanted, flow = frozenset(request.query_params.getlist("of")), house(request)
        known = request.headers.get("last-event-id") or request.query_params.get("since", "")
        after = float(known) if _MOMENT.fullmatch(known) else None
        sources = [_wanted(feeds.follow(flow.principal, after), wanted)]
        sources += [growing(await flow.goals.get(id)) for id in _drafts(wanted)]
        headers = {"x-accel-buffering": "no"}
        return StreamingResponse(_told(sources, flow.now, ending), media_type="text/event-stream", headers=headers)

    return [Route("/live/stream", live)]


def _drafts(wanted: frozenset[str]) -> list[str]:
    return [id for kind, _, id in (one.partition(":") for one in wanted) if kind == "draft"]


async def _told(
    sources: Sequence[AsyncGenerator[None, None]], now: Callable[[], float], ending: asyncio.Event
) -> AsyncIterator[str]:
    """A call whenever something has changed, however much it was; until the service ends."""
    bell, end = asyncio.Event(), time.monotonic() + LONGEST
    ended = asyncio.create_task(ending.wait())
    tasks = {ended, *(asyncio.create_task(_hear(source, bell)) for source in sources)}
    for task in tasks:
        task.add_done_callback(lambda _: bell.set())
    try:
        yield f"id: {now()!r}\n{STILL}"  # the answer begins at once
        while time.monotonic() < end:
            rung = await _rung(bell)
            if any(task.done() for task in tasks):
                return
            yield f"id: {now()!r}\n{CHANGED if rung else STILL}"
            await asyncio.wait({ended}, timeout=PACE)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def _rung(bell: asyncio.Event) -> bool:
    """Whether it rings before it has been quiet for too long."""
    try:
        async with asyncio.timeout(QUIET):
            await bell.wait()
    except TimeoutError:
        return False
    bell.clear()
    return True


async def _hear(source: AsyncGenerator[None, None], bell: asyncio.Event) -> None:
    async with aclosing(source):
        async for _ in source:
            bell.set()


async def _wanted(changes: AsyncGenerator[Change, None], wanted: frozenset[str]) -> AsyncGenerator[None, None]:
    async with aclosing(changes):
        async for change in changes:
            if not wanted or f"{change.kind}:{change.id}" in wanted:
                yield
