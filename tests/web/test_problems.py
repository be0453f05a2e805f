"""Every error is a problem document, whoever finds it, and tells nothing that is not the caller's business."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from agentflow.app import AgentFlow
from agentflow.errors import RunFailed, StorageError
from agentflow.web.problems import of_error

from .conftest import Asks

JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    ("method", "path", "status", "detail"),
    [
        ("GET", "/v1/nothing", 404, "there is nothing at /v1/nothing"),
        ("PUT", "/v1/runs", 405, "/v1/runs does not know PUT"),
        ("GET", "/v1/runs?limit=0", 422, "query.limit: input should be greater than"),
        ("GET", "/v1/runs?colour=red", 422, "query.colour: extra inputs are not permitted"),
        ("GET", "/v1/runs?cursor=x", 422, "'x' is no cursor"),
        ("GET", "/v1/agents/nobody", 404, "there is no agent 'nobody'"),
    ],
)
async def test_what_cannot_be_asked(asks: Asks, method: str, path: str, status: int, detail: str) -> None:
    assert detail in (await asks(method, path, status))["detail"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"agent"', 400),
        (b"\xff\xfe", 400),
        (b"[" * 100_000, 400),
        (b"[]", 422),
        (b'{"agent": "a", "colour": 1}', 422),
    ],
)
async def test_a_body_that_cannot_be_read_or_taken(asks: Asks, body: bytes, status: int) -> None:
    told = await asks("POST", "/v1/runs", status, content=body, headers=JSON)
    assert "Traceback" not in str(told)


async def test_what_was_sent_is_not_repeated(asks: Asks) -> None:
    told = await asks("POST", "/v1/goals", 422, {"agent": "a", "goal": {"token": "hunter2"}})
    assert (told["errors"][0]["at"], "hunter2" in str(told)) == ("body.goal", False)


async def test_a_value_with_a_tag_that_there_is_not(asks: Asks) -> None:
    told = await asks("POST", "/v1/runs", 422, {"agent": "a", "payload": {"$colour": "red"}})
    assert "$colour is no tag of a value" in told["detail"]


async def test_what_nobody_expected_is_a_problem_without_a_trace(
    app: FastAPI, asks: Asks, caplog: pytest.LogCaptureFixture
) -> None:
    @app.get("/bug")
    async def bug() -> None:
        raise RuntimeError("the password is hunter2")

    told = await asks("GET", "/bug", 500)
    assert told["detail"] == "this is a bug in agentflow, please report it"
    assert "GET /bug failed" in caplog.text


async def test_every_answer_says_how_browsers_are_to_treat_it(client: httpx2.AsyncClient) -> None:
    for path in ("/", "/v1/runs", "/nothing"):
        headers = (await client.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "access-control-allow-origin" not in headers


async def test_it_says_whether_it_is_up_and_ready(asks: Asks, flow: AgentFlow, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "seccomp" in (await asks("GET", "/healthz", 200))["layers"]
    assert await asks("GET", "/readyz", 200) == {"ready": True}

    async def nowhere(writes: object) -> None:
        raise StorageError("the disk is full")

    monkeypatch.setattr(flow._house.store, "write", nowhere)
    assert (await asks("GET", "/readyz", 503))["detail"] == "the disk is full"


def test_a_failed_run_takes_its_error_along() -> None:
    error: dict[str, Any] = {"type": "ValueError", "message": "no"}
    answer = of_error("/v1/runs/r", RunFailed("run r failed", error))
    assert (answer.status_code, b'"error": {"type": "ValueError"' in bytes(answer.body)) == (409, True)
