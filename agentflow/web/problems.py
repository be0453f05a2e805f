"""Errors as problem details (RFC 9457): one document for each error, whoever finds it, and no trace inside."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from ..errors import AgentFlowError, PlanRefused, RunFailed
from ..records import Json

MEDIA = "application/problem+json"
KIND = "urn:agentflow:error:"
"""How the `type` of an error begins that has a class of its own; the others are `about:blank`."""
SOON = 1
"""Seconds after which what is only busy may be asked again."""

SCHEMA: Json = {
    "type": "object",
    "description": "A problem (RFC 9457).",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string", "examples": [f"{KIND}Conflict", "about:blank"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "The cause and the repair, in one line."},
        "instance": {"type": "string", "description": "The path that was asked for."},
        "findings": {"type": "array", "items": {"type": "object"}, "description": "Of a plan that is refused."},
        "errors": {"type": "array", "items": {"type": "object"}, "description": "What does not fit the form."},
    },
}
_CALLERS = """400: the body cannot be read. 401: no key, or one that is not valid. 403: the key's roles do not allow it.
404: there is no such thing. 405: not with this method. 408: the body came too slowly. 409: the state of the thing does
not allow it. 410: its time is over. 412: it was changed since it was seen. 413: the body is too large. 421: the address
names another host. 422: what was asked does not fit, or the plan is refused. 429: too much at a time."""
_HOSTS = """500: a bug of agentflow. 502: a model's server gave no usable answer. 503: the database or the sandbox
cannot be used now."""
_CONTENT = {MEDIA: {"schema": {"$ref": "#/components/schemas/Problem"}}}
RESPONSES: dict[int | str, dict[str, Any]] = {
    "4XX": {"description": _CALLERS, "content": _CONTENT},
    "5XX": {"description": _HOSTS, "content": _CONTENT},
}
"""What every operation may answer beside what it is for."""


class Denied(Exception):
    """A request that does not come as far as a verb."""

    def __init__(self, status: int, detail: str, **headers: str) -> None:
        super().__init__(detail)
        self.status = status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def problem(path: str, status: int, detail: str, *, type: str = "about:blank", **members: Json) -> Response:
    """An answer that is a problem."""
    return _answer(_document(path, status, detail, type, members))


def document(path: str, error: AgentFlowError) -> dict[str, Json]:
    """An error of ours as a problem's document, with what it carries beside its line."""
    return _document(path, error.http_status, str(error), f"{KIND}{type(error).__name__}", _members(error))


def of_error(path: str, error: AgentFlowError) -> Response:
    """An error of ours as an answer."""
    return _answer(document(path, error))


def _document(path: str, status: int, detail: str, type: str, members: Mapping[str, Json]) -> dict[str, Json]:
    title = HTTPStatus(status).phrase
    return {"type": type, "title": title, "status": status, "detail": detail, "instance": path, **members}


def _answer(told: dict[str, Json]) -> Response:
    status = told["status"]
    return Response(json.dumps(told, ensure_ascii=True), status, _EXTRA.get(status), MEDIA)


_EXTRA: Mapping[int, Mapping[str, str]] = {
    401: {"WWW-Authenticate": "Bearer"},
    429: {"Retry-After": str(SOON)},
    503: {"Retry-After": str(SOON)},
}


def of_denial(path: str, denied: Denied) -> Response:
    """The problem of a request that was not let in."""
    answer = problem(path, denied.status, str(denied), type=f"{KIND}{_DENIALS.get(denied.status, 'UsageError')}")
    answer.headers.update(denied.headers)
    return answer


_DENIALS = {401: "Unauthorized", 403: "Refused", 429: "TooMany"}


def handle(app: FastAPI) -> None:
    """Let an app answer every error with a problem."""
    app.add_exception_handler(AgentFlowError, _ours)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)


def _members(error: AgentFlowError) -> dict[str, Json]:
    if isinstance(error, PlanRefused):
        return {"findings": [asdict(finding) for finding in error.findings]}
    return {"error": error.error} if isinstance(error, RunFailed) else {}


async def _ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, AgentFlowError)
    return of_error(request.url.path, error)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    path = request.url.path
    detail = {
        404: f"there is nothing at {path}: /openapi.json says what there is",
        405: f"{path} does not know {request.method}: /openapi.json says what it knows",
    }.get(error.status_code, str(error.detail))
    answer = problem(path, error.status_code, detail)
    answer.headers.update(error.headers or {})
    return answer


async def _invalid(request: Request, error: Exception) -> Response:
    """A request that does not have the form that it must have; what was sent is not repeated."""
    assert isinstance(error, RequestValidationError)
    found = [{"at": ".".join(map(str, one["loc"])), "message": one["msg"]} for one in error.errors()]
    status = 400 if any(one["type"] == "json_invalid" for one in error.errors()) else 422
    first, more = found[0], f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    detail = f"{first['at']}: {first['message'][:1].lower()}{first['message'][1:]}{more}"
    return problem(request.url.path, status, detail, type=f"{KIND}UsageError", errors=found)
