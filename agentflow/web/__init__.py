"""The HTTP service: the verbs of the app under /v1/, for whoever has a key. It decides nothing that a verb decides."""

from __future__ import annotations

import asyncio
from importlib import metadata
from typing import Any

from fastapi import APIRouter, FastAPI

from ..app.doors import Doors
from ..app.feeds import Feeds
from ..settings import ServeSettings
from . import agents, approvals, goals, health, keys, problems, runs, schedules, streams
from .entry import Entry
from .gate import Gate
from .limits import Limits

__all__ = ["service"]

TELLS = """
The verbs of agentflow over HTTP. Values are JSON; `{"$datetime": ...}`, `{"$decimal": ...}` and `{"$bytes": ...}`
stand for what JSON lacks. Every error is a problem document (RFC 9457). Lists have a `limit`, and a `cursor` that is
the `next` of the part before.
"""


def service(flow: Doors, settings: ServeSettings | None = None, *, local: bool = True) -> FastAPI:
    """The app that answers for an open house. `local`: it listens on this machine alone."""
    app = FastAPI(
        title="agentflow",
        version=metadata.version("agentflow"),
        description=TELLS,
        docs_url=None,
        redoc_url=None,
        responses=problems.RESPONSES,
    )
    app.state.flow = flow
    app.state.ending = asyncio.Event()
    app.state.feeds = Feeds(flow)
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]  # the way that FastAPI has for it
    problems.handle(app)
    app.include_router(health.open_router)
    verbs = APIRouter(prefix="/v1")
    for room in (agents, goals, runs, approvals, schedules, keys, streams, health):
        verbs.include_router(room.router)
    app.include_router(verbs)
    app.add_middleware(Gate, flow=flow, entry=Entry(flow, local=local), limits=Limits(settings or ServeSettings()))
    return app


def _described(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, with the form of a problem, which is no model of FastAPI's."""
    if app.openapi_schema is None:
        document = FastAPI.openapi(app)
        document["components"]["schemas"]["Problem"] = problems.SCHEMA
    return app.openapi_schema or {}
