"""What Restate is asked, and by whom: with a token, where it wants one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from agentflow.engine.bells import Restate
from agentflow.errors import SecretMissing


class Guarded:
    """Restate's addresses, as far as who knocks is noted and everything is well."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []
        self.url = ""

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower().splitlines()
        token = next((line.partition(": ")[2] for line in head if line.startswith("authorization: ")), "")
        self.heard.append((head[0].split()[1], token))
        writer.write(b'HTTP/1.1 200 OK\r\ncontent-length: 11\r\nconnection: close\r\n\r\n{"rows":[]}')
        await writer.drain()
        writer.close()


@pytest.fixture
async def guarded() -> AsyncIterator[Guarded]:
    guarded = Guarded()
    server = await asyncio.start_server(guarded.answer, "127.0.0.1", 0)
    guarded.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield guarded


async def test_each_question_shows_the_token_as_it_is_then(guarded: Guarded) -> None:
    tokens = iter(range(10))

    async def token() -> str:
        return f"t{next(tokens)}"

    bells = Restate(guarded.url, "flow", token)
    admin = bells.admin(guarded.url)
    assert admin is not None
    await bells.ring(["a"])
    assert await admin.register("http://here", "house") is None
    assert await bells.fault() is None
    assert await admin.fault("house") is None
    assert guarded.heard == [
        ("/flow/a/drive/send", "bearer t0"),
        ("/services/flow", "bearer t1"),
        ("/deployments", "bearer t2"),
        ("/restate/health", "bearer t3"),
        ("/services/flow", "bearer t4"),
        ("/query", "bearer t5"),
    ]
    await bells.close()


async def test_without_the_token_nothing_is_asked_and_it_is_said_why(
    guarded: Guarded, caplog: pytest.LogCaptureFixture
) -> None:
    async def token() -> str:
        raise SecretMissing("the secret T is missing")

    bells = Restate(guarded.url, "flow", token)
    admin = bells.admin(guarded.url)
    assert admin is not None
    await bells.ring(["a"])
    why = "is not asked: the secret T is missing"
    assert why in caplog.text
    assert await bells.fault() == await admin.fault("house") == f"Restate at {guarded.url} {why}"
    assert await admin.register("http://here", "house") == f"{guarded.url} {why}"
    with pytest.raises(SecretMissing):
        await admin.taken("house")
    assert guarded.heard == []
    await bells.close()
