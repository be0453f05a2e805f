"""What slept or waited in a file goes on at Restate after a move, where it stood."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from agentflow.app import AgentFlow
from agentflow.app.moving import Mover
from agentflow.records import Principal
from agentflow.settings import Settings
from agentflow.tools import Tool, tool

from ..fakes import office, postgres, restate
from ..fakes.waiting import until

pytestmark = pytest.mark.xdist_group("restate")

NAPS = office.source(
    """await step.do("before", tools.bell.ring(at="before"))
        await step.sleep("nap", 2)
        return await step.do("after", tools.bell.ring(at="after"))"""
)


def bell(rung: list[str]) -> Tool:
    """It notes each call, and may not be called twice."""

    @tool(namespace="bell")
    async def ring(at: str) -> str:
        """Ring."""
        rung.append(at)
        return at

    return ring


async def test_what_slept_in_a_file_wakes_once_at_restate_and_what_waited_is_answered_there(
    tmp_path: Path, database_server: postgres.Server, restate_server: restate.Server
) -> None:
    path, place, rung = tmp_path / "agentflow.db", database_server.database(), list[str]()
    async with AgentFlow(path, tools=[bell(rung)], settings=Settings(folder=tmp_path)) as flow:
        clerk = await flow.agents.create("clerk", model=office.MODEL, tools=["*"], review="never")
        await clerk.register(NAPS)
        sleeper = await clerk.start(id="sleeper")
        await clerk.register(office.ASKS)
        asker = await clerk.start(id="asker")

        async def at_rest() -> bool:
            return [(await run.refresh()).status for run in (sleeper, asker)] == ["sleeping", "waiting"]

        await until(at_rest)
    assert (await Mover(path, Principal(), time.time).move(place)).done_at is not None
    assert rung == ["before"]
    there = Settings(folder=tmp_path, engine=restate_server.engine())
    async with AgentFlow(place, tools=[bell(rung)], settings=there) as flow:
        [question] = await flow.approvals.pending()
        await question.answer("blue")
        runs = [await flow.runs.get(id) for id in ("sleeper", "asker")]
        assert await asyncio.wait_for(asyncio.gather(*(run.result() for run in runs)), 60) == ["after", "blue"]
        [_, _, after] = await runs[0].steps()
    assert (rung, after.attempts) == (["before", "after"], 1)
