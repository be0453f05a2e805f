"""What people do to a run: each is a form of its page, and leads back to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing, suppress
from re import sub
from typing import cast

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..app.runs import RunHandle
from ..errors import AgentFlowError
from ..records import Run
from .once import FIELD, once
from .run import shown
from .runs import read_json
from .shell import as_json, form, house, path, seen

SOON = 1.5
"""Seconds for which an act is waited for, so that the page shows what came of it."""
Act = Callable[[RunHandle, Mapping[str, str]], Awaitable[str | None]]
"""Does something with a run and what was typed; where to go on, if not to the run."""


async def act(request: Request) -> Response:
    """Do what was asked for. What cannot be is said on the run's page, with what was typed."""
    handle, typed = await house(request).runs.get(request.path_params["run"]), await form(request)
    name, before = request.url.path.rpartition("/")[2], _stand(handle.record)

    async def acted() -> str:
        onward = await ACTS[name](handle, typed)
        if onward is None:
            await _moved(handle, before)
        return onward or f"/runs/{path(handle.id)}"

    try:
        return seen(await (once(request, typed, acted) if typed.get(FIELD) else acted()))
    except AgentFlowError as error:
        await handle.refresh()
        return await shown(request, handle, error, typed)


async def _moved(handle: RunHandle, before: tuple[str, int]) -> None:
    """Wait a moment for the worker to have heard what it was told."""
    with suppress(TimeoutError):
        watching = cast(AsyncGenerator[Run, None], handle.watch(follow=True))
        async with asyncio.timeout(SOON), aclosing(watching) as changes:
            if _stand(await anext(changes)) == before:
                await anext(changes, None)


def _stand(run: Run) -> tuple[str, int]:
    return (run.status, run.generation)


async def _pause(run: RunHandle, typed: Mapping[str, str]) -> None:
    await run.pause()


async def _resume(run: RunHandle, typed: Mapping[str, str]) -> None:
    await run.resume()


async def _cancel(run: RunHandle, typed: Mapping[str, str]) -> None:
    await run.cancel(rollback=bool(typed.get("rollback")))


async def _rollback(run: RunHandle, typed: Mapping[str, str]) -> None:
    await run.rollback()


async def _restart(run: RunHandle, typed: Mapping[str, str]) -> None:
    await run.restart(typed.get("from") or None)


async def _send(run: RunHandle, typed: Mapping[str, str]) -> None:
    await run.send(typed.get("type", "").strip(), read_json(typed.get("data", ""), "what the event carries"))


async def _revise(run: RunHandle, typed: Mapping[str, str]) -> str:
    goal = await run.revise(typed.get("comment", "").strip() or None, goal=typed.get("goal", "").strip() or None)
    return f"/goals/{path(goal)}"


async def _delete(run: RunHandle, typed: Mapping[str, str]) -> str:
    await run.delete()
    return "/runs"


ACTS: Mapping[str, Act] = {
    "pause": _pause, "resume": _resume, "cancel": _cancel, "rollback": _rollback, "restart": _restart, "send": _send,
    "revise": _revise, "delete": _delete,
}  # fmt: skip


async def download(request: Request) -> Response:
    """The run as one document, which replays elsewhere."""
    handle = await house(request).runs.get(request.path_params["run"])
    document = await handle.export()
    name = sub(r"[^A-Za-z0-9_.-]", "_", handle.id)
    headers = {"content-disposition": f'attachment; filename="{name}.run.json"'}
    return Response(as_json(document), media_type="application/json", headers=headers)


ROUTES = [
    Route("/runs/{run}/download", download),
    *(Route(f"/runs/{{run}}/{name}", act, methods=["POST"]) for name in ACTS),
]
