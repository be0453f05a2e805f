"""The HTTP service: the verbs of the app under /v1/, for whoever has a key. It decides nothing that a verb decides."""

from __future__ import annotations

import asyncio
from importlib import metadata

from fastapi import FastAPI

from ..app.doors import Doors
from ..app.feeds import Feeds
from ..settings import ServeSettings
from . import agents, approvals, goals, health, keys, problems, runs, schedules, streams
from .entry import Entry
from .gate import Gate
from .limits import Limits
from .routes import describe

__all__ = ["service"]

TELLS = """
The verbs of agentflow over HTTP. Values are JSON; `{"$datetime": ...}`, `{"$decimal": ...}` and `{"$bytes": ...}`
stand for what JSON lacks. Every error is a problem document (RFC 9457). Lists have a `limit`, and a `cursor` that is
the `next` of the part before.
"""


def service(
    flow: Doors, settings: ServeSettings | None = None, *, local: bool = True, limits: Limits | None = None
) -> FastAPI:
    """The app that answers for an open house. `local`: it listens on this machine alone; `limits` are shared."""
    app = FastAPI(
        title="agentflow",
        version=metadata.version("agentflow"),
        description=TELLS,
        docs_url=None,
        redoc_url=None,
    )
    app.state.ending = asyncio.Event()
    app.state.feeds = Feeds(flow)
    app.openapi = lambda: describe(app)  # type: ignore[method-assign]  # the way that FastAPI has for it
    problems.handle(app)
    rooms = (agents, goals, runs, approvals, schedules, keys, streams, health)
    for routes in (health.open_router, *(room.router for room in rooms)):
        app.router.routes.extend(routes.all)
    given = settings or ServeSettings()
    app.add_middleware(Gate, flow=flow, entry=Entry(flow, local=local, url=given.url), limits=limits or Limits(given))
    return app
