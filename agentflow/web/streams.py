"""Live updates as server-sent events: of a run, a goal or a tenant, resumable after the last event that came."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import lru_cache
from typing import Annotated

from fastapi import Depends, Header, Request

from ..app import GoalHandle, RunHandle
from ..app.drafts import Draft, draft
from ..app.feeds import Change
from ..records import Attempt
from .answers import Flow
from .routes import Routes
from .sse import KEPT, Event, Events, EventStream, Pieces, pieces

router = Routes()

_ID = re.compile(r"(\d{1,9})\.(\d{1,9})")

_MOMENT = re.compile(r"\d{1,12}\.\d{1,9}")

LastEvent = Annotated[str | None, Header(description="The id of the last event that came: only later ones follow.")]


async def _run(flow: Flow, run: str) -> RunHandle:
    return await flow.runs.get(run)


async def _goal(flow: Flow, goal: str) -> GoalHandle:
    return await flow.goals.get(goal)


@router.get("/runs/{run}/stream", tags=["runs"], **KEPT)
async def stream_run(
    request: Request,
    handle: Annotated[RunHandle, Depends(_run)],
    *,
    follow: bool = False,
    history: bool = True,
    last_event_id: LastEvent = None,
) -> EventStream:
    """What happens to a run: `history` for each thing that was delivered to it, `run` whenever it is another.

    The stream ends, with an `end`, where the run does, or only a person can move it; with `follow` only where the run
    ends. An `id` is `GENERATION.N`.
    """
    source = _of_run(handle, _position(last_event_id), follow=follow, history=history)
    return EventStream(request, pieces(source))


@router.get("/goals/{goal}/stream", tags=["goals"], **KEPT)
async def stream_goal(
    request: Request, handle: Annotated[GoalHandle, Depends(_goal)], *, last_event_id: LastEvent = None
) -> EventStream:
    """How a goal is planned: `attempt` for each answer of the model, and once more when it has been checked or tried;
    `goal` whenever it is another (without its attempts). The stream ends, with an `end`, where it is planned no longer.
    `draft` is a piece of an answer while it is written for a worker of this very service: `attempt` is its number, `at`
    how many characters came before the `text`.

    An `id` is the number of an answer: whoever comes back is told the last one once more.
    """
    known = int(last_event_id) if last_event_id and re.fullmatch(r"\d{1,6}", last_event_id) else 0
    return EventStream(request, pieces(_of_goal(handle, known)))


@router.get("/stream", tags=["runs"], **KEPT)
async def stream_changes(request: Request, flow: Flow, *, last_event_id: LastEvent = None) -> EventStream:
    """What changes in the tenant: `run`, `goal` or `approval`, each with its id and how it is now. It does not end.
    Of a run that somebody deletes, the status is `deleted`, and `agent` is empty.

    An `id` is a moment: whoever comes back is told some of what changed before it once more.
    """
    after = float(last_event_id) if last_event_id and _MOMENT.fullmatch(last_event_id) else None
    return EventStream(request, _of_changes(request.app.state.feeds.looks(flow.principal, after)))


async def _of_changes(looks: AsyncGenerator[Sequence[Change], None]) -> Pieces:
    async with aclosing(looks):
        async for changes in looks:
            yield _written(tuple(changes))


@lru_cache(maxsize=100)
def _written(changes: tuple[Change, ...]) -> bytes:
    """All changes of a look, written once for all who listen."""
    return b"".join(Event(change.kind, change._asdict(), repr(change.at)).written() for change in changes)


async def _of_run(handle: RunHandle, after: tuple[int, int], *, follow: bool, history: bool) -> Events:
    async for run in handle.watch(follow=follow):
        known = after[1] if after[0] == run.generation else -1
        for entry in await handle.history(after=known) if history else ():
            if (run.generation, entry["n"]) > after:
                after = (run.generation, entry["n"])
                said = {"generation": run.generation, **entry}
                yield Event("history", said, f"{after[0]}.{after[1]}")
        yield Event("run", run)


async def _of_goal(handle: GoalHandle, known: int) -> Events:
    told, drafted = dict[int, Attempt](), Draft(0, "")
    async for goal in handle.watch():
        for attempt in goal.attempts[max(0, known - 1) :]:  # the last that was told may have been checked since
            if attempt != told.get(attempt.number):
                told[attempt.number] = attempt
                yield Event("attempt", attempt, str(attempt.number))
        yield Event("goal", replace(goal, attempts=()))
        if (written := draft(handle)) is not None and written != drafted:
            at = len(drafted.text) if drafted.attempt == written.attempt else 0
            drafted = written
            yield Event("draft", {"attempt": written.attempt, "at": at, "text": written.text[at:]})


def _position(last: str | None) -> tuple[int, int]:
    found = _ID.fullmatch(last or "")
    return (int(found[1]), int(found[2])) if found else (0, -1)
