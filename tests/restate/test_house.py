"""A house on a server, with workers that Restate gives work to: the same verbs, the same plans."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agentflow import AgentFlow
from agentflow.settings import EngineSettings, Settings

from ..fakes import office, postgres, restate
from ..fakes.office import REFUNDS

pytestmark = pytest.mark.xdist_group("restate")


@pytest.fixture
def address(database_server: postgres.Server) -> str:
    return database_server.database()


def engine(server: restate.Server, service: str) -> EngineSettings:
    """How a worker of a test's own is reached."""
    [port] = restate.free_ports(1)
    return EngineSettings(
        kind="restate",
        restate_url=server.url,
        restate_admin_url=server.admin_url,
        listen=f"127.0.0.1:{port}",
        service=service,
    )


async def test_a_plan_of_a_file_runs_unchanged_where_restate_says_when(
    address: str, restate_server: restate.Server, tmp_path: Path
) -> None:
    async with office.house(tmp_path) as laptop:
        clerk = await laptop.agents.create("clerk", model=office.MODEL, tools=["*"], review="never")
        plan = await clerk.register(REFUNDS)
    settings = Settings(folder=tmp_path, engine=engine(restate_server, "unchanged"))
    async with (
        AgentFlow(address, tools=office.tools(), settings=settings) as worker,
        AgentFlow(address, worker=False) as person,
    ):
        clerk = await worker.agents.create("clerk", model=office.MODEL, tools=["*"], review="never")
        there = await clerk.register(plan.source)
        assert (there.number, there.sha256) == (plan.number, plan.sha256)
        run = await clerk.start({"id": "17"})
        async for _ in run.watch():
            pass
        [question] = await person.approvals.pending()
        await question.approve("fine")
        async with asyncio.timeout(30):
            assert await run.result() == "refunded 17"
        assert await person.workers() == await worker.workers() != []
    async with AgentFlow(address, worker=False) as person:
        assert await person.workers() == []
