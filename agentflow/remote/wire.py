"""Asks a service over HTTP: records come back as they are, errors as the errors that the verbs raise there."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import httpx2
from pydantic import TypeAdapter

from .. import errors
from ..app.looking import Handle, Looker
from ..app.pages import Page
from ..errors import AgentFlowError, PlanRefused, RunFailed, Unreachable, UsageError
from ..guest.values import ValueNotJson, encode
from ..records import Finding, Json, ToolSpec

T = TypeVar("T")

_KIND = "urn:agentflow:error:"
_TIMES = httpx2.Timeout(60.0, connect=10.0)
_TRIES = 3
"""How often a request is sent whose answer does not come. One that changes something carries a key, and acts once."""
_PAUSE = 0.3
"""Seconds before the second try, and twice as many before the third."""
_LATER = frozenset({429, 503})
_KEY = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class Told:
    """One event of a stream."""

    event: str
    id: str
    data: Json


class Wire:
    """The connection to one service, as whoever has the key."""

    def __init__(self, url: str, key: str | None, transport: httpx2.AsyncBaseTransport | None = None) -> None:
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc:
            raise UsageError(f"{url!r} is no address of a service: write it as http://127.0.0.1:8000")
        headers = {"authorization": f"Bearer {_shown(key)}"} if key else {}
        self.url = url.rstrip("/")
        self._client = httpx2.AsyncClient(base_url=self.url, headers=headers, timeout=_TIMES, transport=transport)
        self.tools: tuple[ToolSpec, ...] = ()
        """What the service's tools were when this was opened."""
        self.looker: Looker | None = None
        """Looks at it from another loop."""

    async def close(self) -> None:
        """Let the connections go."""
        await self._client.aclose()

    async def get(self, kind: type[T], path: str, **query: Any) -> T:
        """What there is at a path."""
        return record(kind, await self._asked("GET", path, query))

    async def page(self, kind: type[T], path: str, **query: Any) -> Page[T]:
        """A part of a list."""
        found = await self._asked("GET", path, query)
        return Page(record(list[kind], found["items"]), found["next"])  # type: ignore[valid-type]  # a type at run time

    async def post(self, kind: type[T], path: str, **body: Any) -> T:
        """What comes of an act."""
        return record(kind, await self._asked("POST", path, {}, body))

    async def delete(self, path: str) -> None:
        """Let what is at a path be forgotten."""
        await self._asked("DELETE", path, {})

    async def stream(self, path: str, **query: Any) -> AsyncGenerator[Told, None]:
        """The events of a stream until its `end`; where it breaks off, it is taken up after the last one."""
        last, failed = "", 0
        while True:
            try:
                async for told in self._listen(path, query, last):
                    last, failed = told.id or last, 0
                    if told.event == "problem":
                        raise failure(told.data)
                    yield told
                    if told.event == "end":
                        return
            except httpx2.TransportError as error:
                failed += 1
                if failed == _TRIES:
                    raise self._unreachable(error) from None
            await asyncio.sleep(_PAUSE)

    async def _listen(self, path: str, query: Mapping[str, Any], last: str) -> AsyncIterator[Told]:
        headers = {"last-event-id": last} if last else {}
        asked = self._client.stream("GET", path, params=_plain(query), headers=headers)
        async with asked as answer:
            if answer.is_error:
                await answer.aread()
                raise failure(_document(answer))
            fields: dict[str, str] = {}
            async for line in answer.aiter_lines():
                name, _, value = line.partition(": ")
                if line and name:
                    fields[name] = fields[name] + "\n" + value if name in fields else value
                elif "data" in fields:
                    yield Told(fields.get("event", ""), fields.get("id", ""), json.loads(fields["data"]))
                if not line:
                    fields = {}

    async def _asked(self, method: str, path: str, query: Mapping[str, Any], body: Json = None) -> Json:
        """The document of the answer. Raises what the verb raised there, and `Unreachable`."""
        headers = {"content-type": "application/json"}
        if method == "POST":
            headers["idempotency-key"] = secrets.token_urlsafe(18)
        content = None if body is None else _sent(body)
        for left in reversed(range(_TRIES)):
            try:
                answer = await self._client.request(
                    method, path, params=_plain(query), content=content, headers=headers
                )
            except httpx2.TransportError as error:
                if not left or isinstance(error, httpx2.ConnectError):
                    raise self._unreachable(error) from None
            else:
                if not left or answer.status_code not in _LATER:
                    break
            await asyncio.sleep(_PAUSE * (_TRIES - left))
        if answer.is_error:
            raise failure(_document(answer))
        return answer.json() if answer.content else None

    def _unreachable(self, error: Exception) -> Unreachable:
        return Unreachable(
            f"{self.url} does not answer ({str(error) or type(error).__name__}): is `agentflow serve` running?"
        )


def _shown(key: str) -> str:
    """A key as it is sent, without what a file has around it. Raises `UsageError`, which does not quote it."""
    if not _KEY.fullmatch(bare := key.strip()):
        raise UsageError("the key has signs in it that no key has: copy it anew, as `agentflow key create` printed it")
    return bare


class Afar(Handle):
    """What a service has a handle of."""

    _wire: Wire

    @property
    def _asks(self) -> tuple[Looker, None]:
        assert self._wire.looker is not None  # it is there from when the connection is opened
        return self._wire.looker, None


def at(*parts: str) -> str:
    """The path of a thing: `at("runs", id)`."""
    return "/".join(["/v1", *(quote(part, safe="") for part in parts)])


def value(given: Any, what: str) -> Json:
    """A value as it is sent. Raises `UsageError` where it is no JSON."""
    try:
        return encode(given)
    except ValueNotJson as error:
        raise UsageError(f"{what} is not JSON: {error}") from None


def failure(problem: Json) -> AgentFlowError:
    """The error that a problem document tells."""
    detail = problem["detail"]
    name = str(problem.get("type", "")).removeprefix(_KIND)
    kind = getattr(errors, name, None)
    if kind is PlanRefused:
        return PlanRefused(detail, record(list[Finding], problem.get("findings", [])))
    if kind is RunFailed:
        return RunFailed(detail, problem.get("error"))
    if not isinstance(kind, type) or not issubclass(kind, AgentFlowError) or kind.__init__ is not Exception.__init__:
        return AgentFlowError(detail)
    return kind(detail)


def _document(answer: httpx2.Response) -> Json:
    """The problem of an answer; of one that is none, what it is."""
    try:
        found = answer.json()
    except ValueError:
        found = None
    if isinstance(found, dict) and isinstance(found.get("detail"), str):
        return found
    return {
        "detail": f"{answer.url} answered {answer.status_code}, and not as agentflow does: see that it is the right URL"
    }


def _sent(body: Json) -> bytes:
    try:
        return json.dumps(body, allow_nan=False).encode()
    except ValueError as error:
        named = ", ".join(name for name, given in body.items() if given != given)  # noqa: PLR0124  # only nan is so
        raise UsageError(f"{named or 'what is sent'} cannot be sent as JSON: {error}") from None


def _plain(query: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _said(given) for name, given in query.items() if given is not None}


def _said(given: Any) -> Any:
    if isinstance(given, datetime):
        if given.utcoffset() is None:
            raise UsageError("a datetime without a time zone is no moment: write datetime(..., tzinfo=timezone.utc)")
        return given.isoformat()
    return str(given).lower() if isinstance(given, bool) else given


def seconds(given: str | float | timedelta) -> str | float:
    """A length of time as it is sent."""
    return given.total_seconds() if isinstance(given, timedelta) else given


def record(kind: type[T], document: Json) -> T:
    """The record that a document is."""
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    read: T = _ADAPTERS[kind].validate_python(document)
    return read


_ADAPTERS: dict[Any, TypeAdapter[Any]] = {}
"""What reads each kind of record, made when the first one comes."""
