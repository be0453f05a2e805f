"""AgentFlow itself: opened, closed, worked in, asked what it knows."""

from __future__ import annotations

import asyncio
import os
import threading
from pathlib import Path

import pytest

from agentflow.app import AgentFlow
from agentflow.errors import NotFound, StorageError, UsageError
from agentflow.records import Principal
from agentflow.settings import AgentSettings

from ..fakes import office
from ..fakes.office import BROKEN, READS, WAITS
from ..fakes.waiting import until


@pytest.mark.parametrize("verb", ["agents", "goals", "runs", "approvals", "tools"])
def test_what_is_not_open_says_how_to_open_it(verb: str) -> None:
    with pytest.raises(UsageError, match=r"not open: `async with AgentFlow\(...\) as flow` opens it"):
        getattr(AgentFlow("a.db"), verb)


async def test_after_closing_it_is_not_open_any_more(tmp_path: Path) -> None:
    async with AgentFlow(tmp_path / "a.db") as flow:
        assert await flow.agents.list() == []
    with pytest.raises(UsageError, match="not open"):
        await flow.workers()


async def test_the_tools_are_those_given_those_of_the_settings_and_the_shipped_ones(tmp_path: Path) -> None:
    (tmp_path / "more.py").write_text("from agentflow import tool\n@tool\ndef add(a: int) -> int:\n    return a\n")
    async with office.house(tmp_path, tools=["more.py"]) as flow:
        names = [spec.name for spec in flow.tools]
    shipped = ["http.get", "http.request", "llm.generate"]
    assert names == [*shipped, "local.add", "mail.send", "orders.get", "payments.refund"]


async def test_agents_of_the_settings_are_made_and_brought_up_to_date(tmp_path: Path) -> None:
    given = {"clerk": AgentSettings(model="offline:demo", tools=["mail.*"], agents=["mail-*"])}
    async with office.house(tmp_path, agents=given) as flow:
        first = (await flow.agents.get("clerk")).record
    changed = {"clerk": AgentSettings(model="offline:demo", tools=["*"], review="always", repairs=1, instructions="!")}
    async with office.house(tmp_path, agents=changed) as flow:
        second = (await flow.agents.get("clerk")).record
    assert (first.tools, first.review, second.id) == (("mail.*",), "risky", first.id)
    assert (first.agents, second.agents) == (("mail-*",), ())
    assert (second.tools, second.review, second.repairs, second.instructions) == (("*",), "always", 1, "!")


async def test_agents_of_the_settings_are_the_default_tenants(tmp_path: Path) -> None:
    given = {"clerk": AgentSettings(model="offline:demo")}
    async with office.house(tmp_path, agents=given, worker=False) as flow:
        await flow.tenants.create("another")
    async with office.house(tmp_path, agents=given, worker=False, principal=Principal("eve", "another")) as theirs:
        assert await theirs.agents.list() == []


async def test_settings_that_cannot_be_leave_nothing_open(tmp_path: Path) -> None:
    before = threading.active_count()
    house = office.house(tmp_path, agents={"clerk": AgentSettings(model="gpt-5")})
    with pytest.raises(UsageError, match="names no provider"):
        await house.__aenter__()
    await until(lambda: threading.active_count() <= before)  # the database's thread is told to end, and then does
    with pytest.raises(UsageError, match="not open"):
        _ = house.agents


@pytest.mark.of_a_file
async def test_a_database_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_text("this is a letter, not a database; long enough to be looked at" * 9)
    with pytest.raises(StorageError, match="cannot be opened as a database"):
        async with AgentFlow(tmp_path / "a.db"):
            raise AssertionError("it opened")


@pytest.mark.of_a_file
async def test_the_database_is_the_one_given_else_that_of_the_settings(tmp_path: Path) -> None:
    async with AgentFlow(str(tmp_path / "mine.db")):
        pass
    async with office.house(tmp_path, db="theirs.db"):
        pass
    assert sorted(name for name in os.listdir(tmp_path) if name.endswith(".db")) == ["mine.db", "theirs.db"]


async def test_an_open_house_is_a_worker_unless_it_is_told_not_to_be(tmp_path: Path) -> None:
    async with office.house(tmp_path, worker=False) as watcher:
        assert await watcher.workers() == []
        async with office.house(tmp_path) as worker:
            assert len(await watcher.workers()) == 1
            assert await watcher.workers() == await worker.workers()
        assert await watcher.workers() == []


async def test_without_a_worker_a_run_stays_queued_until_one_comes(tmp_path: Path) -> None:
    async with office.house(tmp_path, worker=False) as watcher:
        clerk = await watcher.agents.create("clerk", model="offline:demo", tools=["*"])
        await clerk.register(READS)
        run = await clerk.start({"id": "17"})
        await asyncio.sleep(0.1)
        assert (await run.refresh()).status == "queued"
        async with office.house(tmp_path):
            assert (await run.result())["id"] == "17"


async def test_a_worker_takes_only_what_it_has_the_tools_for(tmp_path: Path) -> None:
    async with office.house(tmp_path, worker=False) as watcher:
        clerk = await watcher.agents.create("clerk", model="offline:demo", tools=["*"])
        await clerk.register(READS)
        run = await clerk.start({"id": "17"})
        async with AgentFlow(tmp_path / "agentflow.db") as without:
            await asyncio.wait_for(without.until_idle(), 60)
            assert (await run.refresh()).status == "queued"
        async with office.house(tmp_path):
            assert (await run.result())["id"] == "17"


async def test_until_idle_waits_for_what_runs_and_not_for_what_waits(flow: AgentFlow) -> None:
    clerk = await flow.agents.create("clerk", model="offline:demo", tools=["*"])
    await clerk.register(READS)
    done = await clerk.start({"id": "17"})
    await clerk.register(WAITS)
    waiting = await clerk.start()
    await asyncio.wait_for(flow.until_idle(), 60)
    assert [(await run.refresh()).status for run in (done, waiting)] == ["completed", "waiting"]


@pytest.mark.parametrize(("given", "found"), [(True, ["AF201"]), (False, [])])
async def test_a_plan_is_checked_against_the_tools_of_this_process_if_it_has_any(
    tmp_path: Path, given: bool, found: list[str]
) -> None:
    house = office.house(tmp_path) if given else AgentFlow(tmp_path / "a.db")
    async with house as flow:
        compiled = await flow.check(BROKEN)
    assert [finding.code for finding in compiled.findings] == found


async def test_tenants_do_not_see_each_other(tmp_path: Path) -> None:
    async with office.house(tmp_path) as ours:
        clerk = await ours.agents.create("clerk", model="offline:demo", tools=["*"])
        await clerk.register(WAITS)
        run = await clerk.start()
        await ours.tenants.create("another")
    async with office.house(tmp_path, principal=Principal("eve", "another")) as theirs:
        assert (await theirs.agents.list(), await theirs.runs.list(), await theirs.goals.list()) == ([], [], [])
        for lookup in (theirs.agents.get("clerk"), theirs.runs.get(run.id)):
            with pytest.raises(NotFound, match="there is no"):
                await lookup
        assert (await theirs.agents.create("clerk", model="offline:demo")).id != clerk.id
