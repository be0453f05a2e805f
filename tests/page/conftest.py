"""The page in this process, and somebody who looks at it."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from agentflow.app import AgentFlow
from agentflow.app.doors import Doors
from agentflow.app.feeds import Feeds
from agentflow.page import Site
from agentflow.page.live import routes

from ..fakes import office

HOST = "http://127.0.0.1"
Looks = Callable[..., Any]
"""`await looks("/runs", 200)`: the text of the page, which has this status."""
Does = Callable[..., Any]
"""`await does("/goals", 303, agent="clerk", goal="...")`: the answer to a form of the page's own."""


@pytest.fixture
async def flow(tmp_path: Path) -> AsyncIterator[AgentFlow]:
    async with office.house(tmp_path) as flow:
        yield flow


@pytest.fixture
def site(flow: AgentFlow) -> Site:
    return Site(flow)


@pytest.fixture
async def client(site: Site) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(site), base_url=HOST) as client:
        yield client


@pytest.fixture
def looks(client: httpx2.AsyncClient) -> Looks:
    async def looked(path: str, status: int = 200, **options: Any) -> str:
        answer = await client.get(path, **options)
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        return answer.text

    return looked


@pytest.fixture
def does(client: httpx2.AsyncClient) -> Does:
    async def done(path: str, status: int = 303, **fields: Any) -> httpx2.Response:
        answer = await client.post(path, data=fields, headers={"origin": HOST})
        assert answer.status_code == status, answer.text
        return answer

    return done


def words(page: str) -> str:
    """What a person reads of a page."""
    main = page.partition("<main")[2]
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", main)).split())


def listening(flow: Doors, ending: asyncio.Event, of: str) -> tuple[list[str], asyncio.Task[None]]:
    """A page that listens until the service ends: what it is told about `of`, and that it listens."""
    [route] = routes(Feeds(flow), ending)
    said: list[str] = []

    async def send(message: dict[str, object]) -> None:
        body = message.get("body", b"")
        assert isinstance(body, bytes)
        said.append(body.decode())

    async def receive() -> dict[str, object]:
        await asyncio.Event().wait()
        raise AssertionError

    scope = {
        "type": "http", "method": "GET", "path": "/live/stream", "headers": [],
        "query_string": f"of={of}".encode(), "state": {"flow": flow},
    }  # fmt: skip
    return said, asyncio.create_task(route.handle(scope, receive, send))  # type: ignore[arg-type]
