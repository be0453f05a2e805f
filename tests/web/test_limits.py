"""What a tenant may ask at a time; whoever asks for more is told when to come again."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from agentflow.settings import ServeSettings
from agentflow.web.limits import Limits, again, read
from agentflow.web.problems import Denied

from .conftest import Asks


def bucket(**values: Any) -> tuple[Limits, list[float]]:
    """Limits, and the time by which they go."""
    now = [0.0]
    return Limits(ServeSettings(**values), lambda: now[0]), now


def test_a_burst_is_let_in_and_then_so_many_a_second() -> None:
    limits, now = bucket(rate=2.0, burst=3)
    for _ in range(3):
        limits.count("acme")
    with pytest.raises(Denied, match=r"more than 2 requests a second: wait 1 s") as denied:
        limits.count("acme")
    assert (denied.value.status, denied.value.headers) == (429, {"Retry-After": "1"})
    limits.count("other")
    now[0] += 0.5
    limits.count("acme")
    now[0] += 1_000
    for _ in range(3):
        limits.count("acme")
    with pytest.raises(Denied):
        limits.count("acme")


def test_only_so_many_requests_and_streams_are_open_at_a_time() -> None:
    limits, _ = bucket(requests=1, streams=1)
    limits.count("acme")
    with limits.inside("acme", stream=False), limits.inside("acme", stream=True):
        with pytest.raises(Denied, match=r"1 requests are open.*serve\.requests"), limits.inside("acme", stream=False):
            pass
        with pytest.raises(Denied, match=r"1 streams are open.*serve\.streams"), limits.inside("acme", stream=True):
            pass
    with limits.inside("acme", stream=False), limits.inside("acme", stream=True):
        pass


async def test_a_body_that_is_too_large_is_not_read_to_its_end() -> None:
    pieces = iter([{"type": "http.request", "body": b"x" * 60, "more_body": True}] * 10)

    async def receive() -> Any:
        return next(pieces)

    with pytest.raises(Denied, match="larger than 100 bytes") as denied:
        await read(receive, 100, 5)
    assert (denied.value.status, len(list(pieces))) == (413, 8)


async def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    with pytest.raises(Denied, match=r"did not come within 0\.01 s") as denied:
        await read(asyncio.Event().wait, 100, 0.01)  # type: ignore[arg-type]  # it gives nothing
    assert denied.value.status == 408


async def test_a_body_that_breaks_off_is_none() -> None:
    async def receive() -> Any:
        return {"type": "http.disconnect"}

    with pytest.raises(Denied, match="before it was whole"):
        await read(receive, 100, 5)
    replayed = again(b"x", receive)
    assert [(await replayed())["type"], (await replayed())["type"]] == ["http.request", "http.disconnect"]


async def test_the_service_keeps_them(asks: Asks) -> None:
    told = await asks("POST", "/v1/goals", 413, content=b"x" * 2_097_153)
    assert "serve.body_bytes" in told["detail"]
