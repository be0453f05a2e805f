"""Server-sent events: how one is written, and how a stream of them is kept until it ends.

FastAPI has a way of its own, which takes two tasks, two queues and some 0.6 ms for each event of each listener.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any, NamedTuple

from fastapi import Request
from fastapi.responses import StreamingResponse
from pydantic_core import to_jsonable_python

from ..errors import AgentFlowError
from .problems import document

LONGEST = 900.0
"""Seconds of one stream: whoever goes on listening asks again, and shows a key that is still good."""
QUIET = 15.0
"""Seconds after which something is sent where nothing happens, so that nobody between takes the connection for dead."""
STILL = b":\n\n"
_ITEM: dict[str, Any] = {
    "type": "object",
    "properties": {
        "data": {"type": "string"},
        "event": {"type": "string"},
        "id": {"type": "string"},
        "retry": {"type": "integer", "minimum": 0},
    },
}
_HEADERS = {"cache-control": "no-cache", "x-accel-buffering": "no"}


class Event(NamedTuple):
    """One event; who comes back with its `id` is told what came after it."""

    event: str
    data: Any
    id: str | None = None

    def written(self) -> bytes:
        """The event as it is sent. ASCII: some readers of lines take other signs for the end of one."""
        data = json.dumps(to_jsonable_python(self.data, inf_nan_mode="null"))
        known = f"id: {self.id}\n" if self.id is not None else ""
        return f"event: {self.event}\ndata: {data}\n{known}\n".encode("ascii")


Events = AsyncGenerator[Event, None]
Pieces = AsyncGenerator[bytes, None]


class EventStream(StreamingResponse):
    """An answer that goes on until its source ends, the service does, or it has become old."""

    media_type = "text/event-stream"

    def __init__(self, request: Request, source: Pieces) -> None:
        super().__init__(_kept(request, source), headers=_HEADERS)


KEPT: dict[str, Any] = {
    "status_code": 200,
    "response_class": EventStream,
    "responses": {200: {"content": {EventStream.media_type: {"itemSchema": _ITEM}}}},
}
"""What a route is told of itself whose answer is one."""


async def pieces(events: Events) -> Pieces:
    """Events as they are sent."""
    async with aclosing(events):
        async for event in events:
            yield event.written()


async def _kept(request: Request, source: Pieces) -> AsyncIterator[bytes]:
    """What goes wrong in the source is the last event."""
    ending, end = asyncio.create_task(request.app.state.ending.wait()), time.monotonic() + LONGEST
    step = asyncio.ensure_future(anext(source, None))
    try:
        await asyncio.sleep(0)  # until it listens: what happens once the first piece is out is told
        yield STILL
        while (left := end - time.monotonic()) > 0 and not ending.done():
            await asyncio.wait({step, ending}, timeout=min(left, QUIET), return_when=asyncio.FIRST_COMPLETED)
            if not step.done():
                yield STILL
                continue
            if (piece := step.result()) is None:
                yield Event("end", {}).written()
                return
            yield piece
            step = asyncio.ensure_future(anext(source, None))
    except AgentFlowError as error:
        yield Event("problem", document(request.url.path, error)).written()
    finally:
        ending.cancel()
        await asyncio.shield(
            _close(source, step)
        )  # whoever listened may be gone: then this is cancelled again and again


async def _close(source: Pieces, step: asyncio.Future[bytes | None]) -> None:
    """End a stream that may be at work: it cannot be closed before it has been interrupted."""
    step.cancel()
    await asyncio.wait([step])
    await source.aclose()
