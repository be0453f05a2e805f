"""The server that tests start: what it was told outlives it, unless its volume is lost, too."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx2
import pytest
import restate
from hypercorn.asyncio import serve
from hypercorn.config import Config

from ..fakes.restate import PATIENCE, WITHOUT, Server, found, free_ports, running
from ..fakes.waiting import until

pytestmark = [pytest.mark.xdist_group("restate"), pytest.mark.skipif(found() is None, reason=WITHOUT)]


class Witness:
    """A service that notes the keys of those who call it."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        [self._port] = free_ports(1)

    async def serve(self, until: asyncio.Event) -> None:
        witness = restate.VirtualObject("witness")

        @witness.handler()
        async def hear(context: restate.ObjectContext, word: str) -> str:
            self.heard.append(context.key())
            return word

        config = Config()
        config.bind, config.errorlog = [f"127.0.0.1:{self._port}"], None
        await serve(restate.app([witness]), config, shutdown_trigger=until.wait)

    async def join(self, server: Server) -> None:
        async with httpx2.AsyncClient(timeout=PATIENCE) as client:
            uri = f"http://127.0.0.1:{self._port}"
            answer = await client.post(f"{server.admin_url}/deployments", json={"uri": uri})
            assert answer.status_code == 201, answer.text

    @staticmethod
    async def call(server: Server, key: str, delay: float = 0) -> None:
        """A node may be slow while it looks for the others, and has not heard of the service at once."""
        url = f"{server.url}/witness/{key}/hear/send?delay={int(1000 * delay)}ms"
        async with httpx2.AsyncClient(timeout=PATIENCE) as client:

            async def accepted() -> bool:
                return (await client.post(url, json="a word")).status_code == 202

            await until(accepted)


@pytest.fixture
async def witness() -> AsyncIterator[Witness]:
    witness, ended = Witness(), asyncio.Event()
    serving = asyncio.create_task(witness.serve(ended))
    yield witness
    ended.set()
    await serving


async def test_what_it_was_told_outlives_its_death_but_not_its_volume(witness: Witness) -> None:
    with running() as server:
        await witness.join(server)
        await witness.call(server, "a", delay=0.5)
        server.kill()
        server.start()
        await until(lambda: witness.heard == ["a"])
        await witness.call(server, "b", delay=3600)
        await until(lambda: server.calls("witness"))
        server.wipe()
        server.start()
        await witness.join(server)
        await until(lambda: server.calls("witness") == 0)
        await witness.call(server, "c")
        await until(lambda: witness.heard == ["a", "c"])
        assert server.memory() > 50 * 2**20
