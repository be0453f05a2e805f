"""A server that is gone for a while: everything says so in a line, and goes on once it is back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest

from agentflow.app import AgentFlow
from agentflow.app.feeds import Change, Feeds
from agentflow.app.readiness import unready
from agentflow.errors import StorageError

from ..fakes import elsewhere, office, postgres
from ..fakes.office import WAITS

pytestmark = pytest.mark.xdist_group("postgres")


@pytest.fixture
async def server() -> AsyncIterator[postgres.Server]:
    """One that may die."""
    if postgres.found() is None:
        pytest.skip(postgres.WITHOUT)
    with postgres.running() as server, elsewhere.instead(server):
        yield server


async def waiting(flow: AgentFlow, id: str) -> None:
    async for change in (await flow.runs.get(id)).watch():
        if change.status == "waiting":
            return


async def test_a_house_goes_on_once_its_server_is_back(server: postgres.Server, tmp_path: Path) -> None:
    """Its worker, who watches what changes, and whoever asks."""
    async with office.house(tmp_path) as flow, asyncio.timeout(60):
        clerk = await flow.agents.create("clerk", model=office.MODEL)
        await clerk.register(WAITS)
        run = await clerk.start()
        await waiting(flow, run.id)
        async with aclosing(Feeds(flow).follow(flow.principal)) as changes:
            told: asyncio.Task[Change] = asyncio.ensure_future(anext(changes))
            await asyncio.sleep(0)
            server.kill()
            with pytest.raises(StorageError, match="cannot be read"):
                await run.refresh()
            assert "cannot be written" in (await unready(flow))[0]
            server.start()
            assert await unready(flow) == []
            await run.send("go", 17)
            assert await run.result() == 17
            while (change := await told).status != "completed":
                told = asyncio.ensure_future(anext(changes))
            assert change.id == run.id
