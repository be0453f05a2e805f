"""Live updates as server-sent events: of a run, a goal or a tenant, resumable after the last event that came."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import asdict, replace
from typing import Annotated

from fastapi import Depends, Header, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from ..app import GoalHandle, RunHandle
from ..app.feeds import Change
from ..errors import AgentFlowError
from ..records import Attempt
from .answers import Flow
from .problems import document
from .routes import Routes

router = Routes()

LONGEST = 900.0
"""Seconds of one stream: whoever goes on listening asks again, and shows a key that is still good."""
_ID = re.compile(r"(\d{1,9})\.(\d{1,9})")

_MOMENT = re.compile(r"\d{1,12}\.\d{1,9}")

LastEvent = Annotated[str | None, Header(description="The id of the last event that came: only later ones follow.")]
Events = AsyncGenerator[ServerSentEvent, None]


async def _run(flow: Flow, run: str) -> RunHandle:
    return await flow.runs.get(run)


async def _goal(flow: Flow, goal: str) -> GoalHandle:
    return await flow.goals.get(goal)


@router.get("/runs/{run}/stream", response_class=EventSourceResponse, tags=["runs"])
async def stream_run(
    request: Request,
    handle: Annotated[RunHandle, Depends(_run)],
    *,
    follow: bool = False,
    history: bool = True,
    last_event_id: LastEvent = None,
) -> AsyncIterator[ServerSentEvent]:
    """What happens to a run: `history` for each thing that was delivered to it, `run` whenever it is another.

    The stream ends, with an `end`, where the run does, or only a person can move it; with `follow` only where the run
    ends. An `id` is `GENERATION.N`.
    """
    source = _of_run(handle, _position(last_event_id), follow=follow, history=history)
    async for event in _kept(request, source):
        yield event


@router.get("/goals/{goal}/stream", response_class=EventSourceResponse, tags=["goals"])
async def stream_goal(
    request: Request, handle: Annotated[GoalHandle, Depends(_goal)], *, last_event_id: LastEvent = None
) -> AsyncIterator[ServerSentEvent]:
    """How a goal is planned: `attempt` for each answer of the model, and once more when it has been checked or tried;
    `goal` whenever it is another (without its attempts). The stream ends, with an `end`, where it is planned no longer.

    An `id` is the number of an answer: whoever comes back is told the last one once more.
    """
    known = int(last_event_id) if last_event_id and re.fullmatch(r"\d{1,6}", last_event_id) else 0
    async for event in _kept(request, _of_goal(handle, known)):
        yield event


@router.get("/stream", response_class=EventSourceResponse, tags=["runs"])
async def stream_changes(
    request: Request, flow: Flow, *, last_event_id: LastEvent = None
) -> AsyncIterator[ServerSentEvent]:
    """What changes in the tenant: `run`, `goal` or `approval`, each with its id and how it is now. It does not end.

    An `id` is a moment: whoever comes back is told some of what changed before it once more.
    """
    after = float(last_event_id) if last_event_id and _MOMENT.fullmatch(last_event_id) else None
    async for event in _kept(request, _of_changes(request.app.state.feeds.follow(flow.principal, after))):
        yield event


async def _of_changes(changes: AsyncGenerator[Change, None]) -> Events:
    async with aclosing(changes):
        async for change in changes:
            yield ServerSentEvent(event=change.kind, id=repr(change.at), data=asdict(change))


async def _of_run(handle: RunHandle, after: tuple[int, int], *, follow: bool, history: bool) -> Events:
    async for run in handle.watch(follow=follow):
        for entry in await handle.history() if history else ():
            if (run.generation, entry["n"]) > after:
                after = (run.generation, entry["n"])
                said = {"generation": run.generation, **entry}
                yield ServerSentEvent(event="history", id=f"{after[0]}.{after[1]}", data=said)
        yield ServerSentEvent(event="run", data=asdict(run))


async def _of_goal(handle: GoalHandle, known: int) -> Events:
    told = dict[int, Attempt]()
    async for goal in handle.watch():
        for attempt in goal.attempts[max(0, known - 1) :]:  # the last that was told may have been checked since
            if attempt != told.get(attempt.number):
                told[attempt.number] = attempt
                yield ServerSentEvent(event="attempt", id=str(attempt.number), data=asdict(attempt))
        yield ServerSentEvent(event="goal", data=asdict(replace(goal, attempts=())))


async def _kept(request: Request, source: Events) -> Events:
    """A stream until it ends, the service does, or it has become old. What goes wrong in it is its last event."""
    ending = asyncio.create_task(request.app.state.ending.wait())
    end = time.monotonic() + LONGEST
    step = asyncio.ensure_future(anext(source, None))
    try:
        while True:
            await asyncio.wait({step, ending}, timeout=end - time.monotonic(), return_when=asyncio.FIRST_COMPLETED)
            if not step.done():
                return
            event = step.result()
            if event is None:
                yield ServerSentEvent(event="end", data={})
                return
            yield event
            step = asyncio.ensure_future(anext(source, None))
    except AgentFlowError as error:
        yield ServerSentEvent(event="problem", data=document(request.url.path, error))
    finally:
        ending.cancel()
        await asyncio.shield(
            _close(source, step)
        )  # whoever listened may be gone: then this is cancelled again and again


async def _close(source: Events, step: asyncio.Future[ServerSentEvent | None]) -> None:
    """End a stream that may be at work: it cannot be closed before it has been interrupted."""
    step.cancel()
    await asyncio.wait([step])
    await source.aclose()


def _position(last: str | None) -> tuple[int, int]:
    found = _ID.fullmatch(last or "")
    return (int(found[1]), int(found[2])) if found else (0, -1)
