"""What Restate sees of a worker leaves the worker its own, and ends with it."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from typing import Any

import httpx2
import pytest

from agentflow.engine.bells import Restate
from agentflow.engine.endpoint import Due, Endpoint, application
from agentflow.errors import StorageError, UsageError

from ..fakes import restate


async def nothing(id: str) -> Due | None:
    return None


async def test_sigterm_is_heard_by_whoever_ends_the_worker_after_requests_too() -> None:
    heard, answers, loop = asyncio.Event(), list[dict[str, Any]](), asyncio.get_running_loop()

    async def send(answer: dict[str, Any]) -> None:
        answers.append(answer)

    loop.add_signal_handler(signal.SIGTERM, heard.set)
    try:
        asked: Any = application("agentflow", nothing, None)[0]
        await asked({"type": "http", "path": "/health"}, None, send)
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(heard.wait(), 60)
    finally:
        loop.remove_signal_handler(signal.SIGTERM)
    assert answers[0]["status"] == 200


async def test_a_worker_ends_though_calls_are_still_made_to_it(restate_server: restate.Server) -> None:
    begun, [port] = asyncio.Event(), restate.free_ports(1)

    async def long(id: str) -> Due | None:
        begun.set()
        await asyncio.sleep(60)
        return None

    endpoint = Endpoint(f"127.0.0.1:{port}", f"agentflow{port}", long)
    bells = Restate(restate_server.url, f"agentflow{port}")
    await endpoint.open()
    admin = bells.admin(restate_server.admin_url)
    assert admin is not None
    assert await admin.register(f"http://127.0.0.1:{port}", "house") is None
    await bells.ring(["a"])
    await asyncio.wait_for(begun.wait(), 60)
    await asyncio.wait_for(endpoint.close(), 60)
    await bells.close()
    gc.collect()  # what the server lets lie when it is cut off is found here


async def test_a_connection_takes_calls_without_end() -> None:
    """Where it was broken after so many, those that are at work over it were made again, elsewhere."""
    [port], ends = restate.free_ports(1), set[object]()
    endpoint = Endpoint(f"127.0.0.1:{port}", "agentflow", nothing)
    await endpoint.open()
    async with httpx2.AsyncClient(http1=False, http2=True, timeout=60) as client:
        for _ in range(1_010):
            answer = await client.get(f"http://127.0.0.1:{port}/health")
            ends.add(answer.extensions["network_stream"].get_extra_info("client_addr"))
    await endpoint.close()
    assert len(ends) == 1


@pytest.mark.parametrize("headers", [[], [(b"x-restate-signature-scheme", b"v1"), (b"x-restate-jwt-v1", b"a.b.c")]])
async def test_who_has_an_identity_key_answers_nobody_who_does_not_sign_with_it(
    headers: list[tuple[bytes, bytes]],
) -> None:
    answers = list[dict[str, Any]]()

    async def send(answer: dict[str, Any]) -> None:
        answers.append(answer)

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    asked: Any = application("agentflow", nothing, "publickeyv1_w7YHemBctH5Ck2nQRQ47iBBqhNHy4FV7t2Usbye2A6f")[0]
    for path in ("/discover", "/invoke/agentflow/drive"):
        await asked({"type": "http", "path": path, "http_version": "2", "headers": headers}, receive, send)
    assert [answer["status"] for answer in answers if "status" in answer] == [401, 401]


def test_an_identity_key_that_is_none_is_refused_in_a_line() -> None:
    with pytest.raises(UsageError, match="identity_key is no public key of Restate: "):
        application("agentflow", nothing, "publickeyv1_xyz")


async def test_a_port_that_there_is_not_is_refused_and_no_other_one_taken() -> None:
    with pytest.raises(StorageError, match=r"^no worker can listen on 127.0.0.1:99999: ports end at 65535$"):
        await Endpoint("127.0.0.1:99999", "agentflow", nothing).open()
