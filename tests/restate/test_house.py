"""A house on a server, with workers that Restate gives work to: the same verbs, the same plans."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agentflow import AgentFlow
from agentflow.app.checkups import looked_after
from agentflow.errors import SecretMissing
from agentflow.settings import EngineSettings, Settings

from ..fakes import office, postgres, restate
from ..fakes.office import REFUNDS

pytestmark = pytest.mark.xdist_group("restate")


@pytest.fixture
def address(database_server: postgres.Server) -> str:
    return database_server.database()


async def test_a_plan_of_a_file_runs_unchanged_where_restate_says_when(
    address: str, restate_server: restate.Server, tmp_path: Path
) -> None:
    async with office.house(tmp_path) as laptop:
        clerk = await laptop.agents.create("clerk", model=office.MODEL, tools=["*"], review="never")
        plan = await clerk.register(REFUNDS)
    settings = Settings(folder=tmp_path, engine=restate_server.engine("unchanged"))
    async with AgentFlow(address, settings=settings, worker=False) as person:
        report, _ = await looked_after(person, mend=False)
        unknown = f"Restate at {restate_server.admin_url} does not know 'unchanged': a worker tells it when it begins"
        assert [one.message for one in report.ailments if one.check == "engine"] == [unknown]
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
        async with asyncio.timeout(60):
            assert await run.result() == "refunded 17"
        assert await person.workers() == await worker.workers() != []
        report, _ = await looked_after(worker, mend=False)
        assert [one for one in report.ailments if one.check == "engine"] == []
    async with AgentFlow(address, worker=False) as person:
        assert await person.workers() == []


async def test_a_worker_without_the_token_that_restate_asks_for_does_not_start(
    address: str, restate_server: restate.Server
) -> None:
    guarded = restate_server.engine().model_copy(update={"auth_token": "NOBODYS_TOKEN"})
    missing = "the secret NOBODYS_TOKEN is missing: set the environment variable NOBODYS_TOKEN"
    with pytest.raises(SecretMissing, match=missing):
        await AgentFlow(address, settings=Settings(engine=guarded)).open()


async def test_who_looks_after_it_is_told_where_restate_cannot_be_reached(address: str) -> None:
    nowhere = EngineSettings(kind="restate", restate_url="http://127.0.0.1:1", restate_admin_url="http://127.0.0.1:2")
    async with AgentFlow(address, settings=Settings(engine=nowhere), worker=False) as person:
        report, _ = await looked_after(person, mend=False)
    told = [one.message for one in report.ailments if one.check == "engine"]
    assert [message.partition(" cannot be reached: ")[0] for message in told] == [
        "Restate at http://127.0.0.1:1",
        "Restate at http://127.0.0.1:2",
    ]
