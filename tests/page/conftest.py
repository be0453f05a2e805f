"""The page in this process, and somebody who looks at it."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from agentflow.app import AgentFlow
from agentflow.page import Site

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
