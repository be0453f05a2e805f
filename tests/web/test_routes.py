"""Operations are built when they are asked for, each once."""

from __future__ import annotations

import httpx2
from fastapi import FastAPI

from agentflow.web.answers import Count
from agentflow.web.routes import Late, Routes, describe


def _app() -> FastAPI:
    room, app = Routes("/v1/rooms", tags=["rooms"]), FastAPI(title="a house", version="1", description="for tests")

    @room.get("/{number}")
    async def show(number: int) -> int:
        return number

    @room.post("", status_code=201, tags=["more"])
    async def make() -> Count:
        return Count(runs=1)

    app.router.routes.extend(room.all)
    return app


def _client(app: FastAPI) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://127.0.0.1")


def _built(app: FastAPI) -> list[str]:
    return [route.path for route in app.routes if isinstance(route, Late) and "built" in vars(route)]


async def test_an_operation_costs_nothing_before_it_is_asked_for() -> None:
    async with _client(app := _app()) as client:
        assert (await client.get("/v1/room")).status_code == 404
        assert _built(app) == []
        assert [(await client.get(f"/v1/rooms/{number}")).text for number in (7, 8)] == ["7", "8"]
        assert _built(app) == ["/v1/rooms/{number}"]


async def test_another_method_is_refused_also_head() -> None:
    async with _client(_app()) as client:
        for method in ("HEAD", "DELETE"):
            answer = await client.request(method, "/v1/rooms/7")
            assert (answer.status_code, answer.headers["allow"]) == (405, "GET")


def test_the_document_tells_of_all_of_them_and_is_made_once() -> None:
    document = describe(app := _app())
    assert document["paths"]["/v1/rooms"]["post"]["tags"] == ["rooms", "more"]
    assert _built(app) == list(document["paths"]) == ["/v1/rooms/{number}", "/v1/rooms"]
    assert describe(app) is document
