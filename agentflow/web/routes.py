"""Where requests go. A route is built when it is first asked for: all of them take as long as the rest of a start."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, TypeVar

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from . import problems

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


class Late(Route):
    """An operation that is known by its path and method until it is asked for."""

    def __init__(self, path: str, endpoint: Callable[..., Any], method: str, given: dict[str, Any]) -> None:
        super().__init__(path, endpoint, methods=[method])
        self.methods = {method}  # without the HEAD that comes along with a GET
        self._given = given

    @cached_property
    def built(self) -> APIRoute:
        """The whole of it: what it takes and gives, as the types of its function say."""
        given = {**self._given, "responses": {**problems.RESPONSES, **self._given.get("responses", {})}}
        return APIRoute(self.path, self.endpoint, methods=self.methods, **given)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        scope["route"] = self.built
        await self.built.handle(scope, receive, send)


class Routes:
    """The operations of a room, in the order in which they are looked through."""

    def __init__(self, prefix: str = "/v1", *, tags: Sequence[str] = ()) -> None:
        self._prefix = prefix
        self._tags = list(tags)
        self.all: list[Late] = []

    def get(self, path: str, **given: Any) -> Callable[[Endpoint], Endpoint]:
        """The function answers a GET of this path; what else is given is what FastAPI's `get` takes."""
        return self._answers("GET", path, given)

    def post(self, path: str, **given: Any) -> Callable[[Endpoint], Endpoint]:
        """The same of a POST."""
        return self._answers("POST", path, given)

    def delete(self, path: str, **given: Any) -> Callable[[Endpoint], Endpoint]:
        """The same of a DELETE."""
        return self._answers("DELETE", path, given)

    def _answers(self, method: str, path: str, given: dict[str, Any]) -> Callable[[Endpoint], Endpoint]:
        tags = [*self._tags, *given.pop("tags", ())]

        def added(endpoint: Endpoint) -> Endpoint:
            self.all.append(Late(f"{self._prefix}{path}", endpoint, method, {**given, "tags": tags}))
            return endpoint

        return added


def describe(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of all operations, made once; with the form of a problem, which is no model of FastAPI's."""
    if app.openapi_schema is None:
        known = [route.built for route in app.routes if isinstance(route, Late)]
        document = get_openapi(title=app.title, version=app.version, description=app.description, routes=known)
        document["components"]["schemas"]["Problem"] = problems.SCHEMA
        app.openapi_schema = document
    return app.openapi_schema
