"""A house is looked at without awaiting it: in a running loop, as whoever asks, from afar, and until it is closed."""

from __future__ import annotations

import threading
from pathlib import Path

import httpx2
import pytest

from agentflow.app import AgentFlow, RunHandle
from agentflow.app.doors import Doors
from agentflow.app.looking import Looker, anywhere
from agentflow.errors import NotFound, UsageError
from agentflow.records import Principal
from agentflow.remote import Remote
from agentflow.web import service

from ..fakes import office
from ..fakes.database import writer


async def _runs(flow: Doors) -> list[str]:
    return [run.id for run in await flow.runs.list()]


async def test_what_has_changed_is_seen_while_the_loop_stands_still(tmp_path: Path) -> None:
    office.answers(tmp_path)
    async with office.house(tmp_path, worker=False) as flow:
        clerk = await flow.agents.create("clerk", model=office.MODEL, tools=["*"])
        await clerk.register(office.READS)
        looker = _looker(await clerk.start(id="one"))
        assert looker.look(_runs) == ["one"]
        await clerk.start(id="two")
        assert looker.look(_runs) == ["two", "one"]


async def test_a_plan_that_was_never_drawn_is_not_drawn_by_looking(tmp_path: Path) -> None:
    async with office.house(tmp_path, worker=False) as flow:
        clerk = await flow.agents.create("clerk", model=office.MODEL, tools=["*"])
        await clerk.register(office.READS)
        run = await clerk.start()
        writer(flow._open().store).execute("UPDATE plans SET graph = 'null'")

        async def graph(flow: Doors) -> object:
            return await (await flow.runs.get(run.id)).graph()

        assert _looker(run).look(graph) is None


async def test_it_is_looked_at_as_the_one_who_has_the_handle(tmp_path: Path) -> None:
    async with office.house(tmp_path, worker=False) as flow:
        other = flow.acting_as(Principal("eve", (await flow.tenants.create("other")).name))
        clerk = await flow.agents.create("clerk", model=office.MODEL)
        looker, who = clerk._asks
        assert (who, looker) == (flow.principal, flow._open().looker)

        async def look(flow: Doors) -> str:
            return (await flow.agents.get("clerk")).name

        assert looker.look(look) == "clerk"
        with pytest.raises(NotFound):
            looker.look(look, other.principal)


async def test_nothing_is_opened_where_nobody_looks_and_all_is_closed_with_the_house(tmp_path: Path) -> None:
    async with office.house(tmp_path, worker=False) as flow:
        looker = flow._open().looker
        assert looker in anywhere()
        before = _threads()
        looker.look(_runs)
        assert _threads() == before + 1
    assert _threads() == before
    assert looker not in anywhere()
    with pytest.raises(UsageError, match="its AgentFlow is closed"):
        looker.look(_runs)


async def test_commands_are_told_the_database_only_where_it_is_not_the_usual_one(tmp_path: Path) -> None:
    async with office.house(tmp_path, worker=False) as flow:
        assert flow._open().looker.db is None
    async with AgentFlow(tmp_path / "other.db", worker=False) as flow:
        assert flow._open().looker.db == tmp_path / "other.db"


async def test_from_afar_another_connection_is_asked(tmp_path: Path) -> None:
    async with office.house(tmp_path, worker=False) as flow:
        clerk = await flow.agents.create("clerk", model=office.MODEL, tools=["*"])
        await clerk.register(office.READS)
        await clerk.start(id="one")
        transport = httpx2.ASGITransport(service(flow))
        async with Remote("http://127.0.0.1", transport=transport) as remote:
            looker = _looker(await remote.runs.get("one"))
            assert looker.url == "http://127.0.0.1"
            assert looker.look(_runs) == ["one"]


def _looker(run: RunHandle) -> Looker:
    return run._asks[0]


def _threads() -> int:
    """How many there are that look."""
    return sum(thread.name == "agentflow-looker" for thread in threading.enumerate())
