"""A service in this process, and somebody who asks it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from agentflow.app import AgentFlow
from agentflow.web import service

from ..fakes import office

Asks = Callable[..., Any]
"""`await asks("GET", "/v1/runs", 200)`: the document of the answer, which has this status."""


@pytest.fixture
async def flow(tmp_path: Path) -> AsyncIterator[AgentFlow]:
    async with office.house(tmp_path) as flow:
        yield flow


@pytest.fixture
def app(flow: AgentFlow) -> FastAPI:
    return service(flow)


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://127.0.0.1") as client:
        yield client


@pytest.fixture
def asks(client: httpx2.AsyncClient) -> Asks:
    async def asked(method: str, path: str, status: int, body: Any = None, **options: Any) -> Any:
        given = {"json": body, **options} if body is not None else options
        answer = await client.request(method, path, **given)
        assert answer.status_code == status, answer.text
        if status >= 400:
            assert answer.headers["content-type"] == "application/problem+json"
            told = answer.json()
            assert {"type", "title", "status", "detail", "instance"} <= told.keys()
            assert (told["status"], told["instance"]) == (status, path.partition("?")[0])
            return told
        return answer.json() if answer.content else None

    return asked


@pytest.fixture
async def clerk(asks: Asks) -> str:
    """The name of an agent whose plans need no review."""
    made = await asks(
        "POST", "/v1/agents", 201, {"name": "clerk", "model": office.MODEL, "tools": ["*"], "review": "never"}
    )
    return str(made["name"])
