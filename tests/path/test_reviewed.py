"""What a review proved wrong once: hosts, guests and people that do what they should not."""

from __future__ import annotations

import asyncio
import json
import marshal
import os
import signal
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agentflow.app import AgentFlow
from agentflow.dispatch import RunInHand
from agentflow.dispatch.machine import Issued
from agentflow.dispatch.world import Grant
from agentflow.engine.presence import alive
from agentflow.errors import ProviderError, StorageError, ToolError
from agentflow.guest.policy import build
from agentflow.records import Compiled
from agentflow.registry import Origin
from agentflow.sandbox import Command
from agentflow.settings import AgentSettings, Settings
from agentflow.tools import ToolContext, tool
from tests.fakes import office
from tests.fakes.waiting import until
from tests.path.harness import HANG, Stage, plan, staged

from ..fakes.worker import embedded


@pytest.fixture
async def stage(tmp_path: Path) -> Any:
    async with staged(tmp_path) as stage:
        yield stage


def bind_to_another_python(stage: Stage) -> None:
    """Make every stored version one that this interpreter cannot replay."""
    house = stage.flow._open()
    connection = sqlite3.connect(house.store.place)
    with connection:
        connection.execute("UPDATE plans SET python = '3.99'")
    connection.close()
    house.registry._pinned.clear()


async def test_a_guest_that_dies_between_two_turns_is_replaced(tmp_path: Path) -> None:
    async with staged(tmp_path, linger=30.0) as stage:
        stage.crew.will("look", HANG)
        run = await stage.start(
            'a = await step.do("a", tools.work.keep(value=1))\n'
            'b = await step.do("b", tools.work.look(value=2))\n'
            "return a + b"
        )
        await stage.calls(2)
        [guest] = stage.flow._open().sandbox._guests  # type: ignore[attr-defined]
        os.kill(guest.process.pid, signal.SIGKILL)
        stage.crew.released.set()
        assert await stage.result(run) == 3


async def test_a_run_that_cannot_be_replayed_here_is_parked_and_can_be_cancelled(stage: Stage) -> None:
    run = await stage.start('await step.sleep("nap", 100)')
    await stage.reach(run, "sleeping")
    await until(lambda: not embedded(stage.flow)._active)  # what is in memory is not replayed
    bind_to_another_python(stage)
    stage.clock.advance(200)
    record = await stage.reach(run, "paused")
    assert "3.99" in record.reason["message"]
    await run.cancel()
    assert (await run.refresh()).status == "cancelled"
    assert [step.state for step in await run.steps()] == ["withdrawn"]


@pytest.mark.parametrize("body", ["tools.work.look(value=1)", "work"])
async def test_a_tool_that_is_cancelled_from_inside_has_failed(stage: Stage, body: str) -> None:
    async def act(name: str, value: Any, context: Any) -> Any:
        raise asyncio.CancelledError

    stage.crew._act = act  # type: ignore[method-assign]
    run = await stage.start(
        f"async def work():\n    return await tools.work.look(value=1)\nreturn await step.do('a', {body})"
    )
    assert (await stage.error(run))["type"] == "ToolError"


async def test_an_approval_covers_exactly_the_arguments_that_were_shown(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guest is not trusted: an approval of 1 is none of True, though Python calls them equal."""
    real = RunInHand._issue

    async def issue(self: RunInHand, command: Command, grant: Grant) -> Issued:
        if command.kind == "do":
            spec = json.loads(json.dumps(command.spec))
            spec["call"]["args"] = {"value": True}
            command = replace(command, spec=spec)
        return await real(self, command, grant)

    monkeypatch.setattr(RunInHand, "_issue", issue)
    await stage.start(
        'agreed = await step.wait_for_approval("ok", "wire?", call=tools.bank.wire(value=1))\n'
        'return await step.do("wire", agreed.call)'
    )
    await (await stage.question()).approve()
    asked = await stage.question()
    assert asked.record.calls[0].args == {"value": True}
    assert stage.crew.made == []


async def test_of_two_once_calls_side_by_side_the_one_that_succeeded_keeps_the_attempt_in_doubt(stage: Stage) -> None:
    async def act(name: str, value: Any, context: Any) -> Any:
        stage.crew.cancelled.append(name)
        if name == "pay":
            await stage.crew.released.wait()
            raise ValueError("known")
        stage.crew.released.set()
        return value

    stage.crew._act = act  # type: ignore[method-assign]
    source = plan(
        "async def both():\n    return await gather(tools.work.pay(value=1), tools.bank.lend(value=1))\n"
        "return await step.do('both', both)",
        before="from asyncio import gather\n",
    )
    stored = await stage.agent.check(source.replace("tools.bank.lend(value=1)", "tools.work.look(value=1)"))
    assert stored.blob is not None
    await unchecked(stage, source)
    await stage.agent.start(version=1)
    assert (await stage.question()).record.kind == "outcome"
    assert sorted(stage.crew.cancelled) == ["lend", "pay"]


async def unchecked(stage: Stage, source: str) -> None:
    """Register a plan past the check that refuses two effects in one body: the host must hold by itself."""
    code, problems = build(source)
    assert code is not None, problems
    compiled = Compiled((), marshal.dumps(code), "Plan", ("work.pay", "bank.lend"))
    registry = stage.flow._open().registry
    await registry.register(stage.agent.id, source, compiled, Origin("test"), 0.0)


async def test_a_tool_that_calls_exit_fails_its_step_and_not_the_worker(stage: Stage) -> None:
    async def act(name: str, value: Any, context: Any) -> Any:
        raise SystemExit(3)

    stage.crew._act = act  # type: ignore[method-assign]
    run = await stage.start("return await step.do('a', tools.work.look(value=1))")
    failed = await stage.error(run)
    assert "sys.exit" in failed["message"]


async def test_a_plain_function_that_calls_exit_fails_its_step_and_not_the_worker() -> None:
    """It runs in a thread: what it raises comes back to the loop as a failure, too."""

    @tool
    def leave() -> None:
        """Leaves."""
        raise SystemExit(3)

    with pytest.raises(ToolError, match=r"sys\.exit"):
        await leave.call({}, ToolContext())


async def test_an_error_text_that_cannot_be_stored_is_stored_readably(stage: Stage) -> None:
    stage.crew.will("look", OSError("\udcff"))
    run = await stage.start("return await step.do('a', tools.work.look(value=1), retries={'limit': 0})")
    assert (await stage.error(run))["message"] == "?"


# goals


async def test_a_goal_of_an_agent_that_was_archived_meanwhile_asks_no_model(tmp_path: Path) -> None:
    office.answers(tmp_path, office.READS)
    settings = Settings(folder=tmp_path)
    async with AgentFlow(tools=office.tools(), settings=settings, worker=False) as flow:
        agent = await flow.agents.create("a", model=office.MODEL, tools=["*"], review="never")
        goal = await agent.submit("do it", {"id": "17"})
        await flow.agents.archive("a")
    async with AgentFlow(tools=office.tools(), settings=settings) as flow:
        goal = await flow.goals.get(goal.id)
        with pytest.raises(ProviderError, match="was archived"):
            await goal.plan()
        assert goal.attempts == ()
        assert await flow.runs.list() == []


async def test_a_review_that_is_asked_for_while_the_model_writes_is_held(tmp_path: Path) -> None:
    office.answers(tmp_path, office.READS)
    async with AgentFlow(tools=office.tools(), settings=Settings(folder=tmp_path)) as flow:
        agent = await flow.agents.create("a", model=office.MODEL, tools=["*"], review="never")
        planner = flow._open().agency.planner
        real, asked, go = planner.answer, asyncio.Event(), asyncio.Event()

        async def answer(*args: Any, **kwargs: Any) -> Any:
            asked.set()
            await go.wait()
            return await real(*args, **kwargs)

        planner.answer = answer  # type: ignore[method-assign]
        goal = await agent.submit("do it", {"id": "17"})
        await asyncio.wait_for(asked.wait(), 60)
        await flow.agents.create("a", model=office.MODEL, tools=["*"], review="always", update=True)
        go.set()
        await goal.plan()
        assert goal.status == "review"


async def test_an_agent_archived_while_the_model_writes_starts_nothing(tmp_path: Path) -> None:
    office.answers(tmp_path, office.READS)
    async with AgentFlow(tools=office.tools(), settings=Settings(folder=tmp_path)) as flow:
        agent = await flow.agents.create("a", model=office.MODEL, tools=["*"], review="never")
        planner = flow._open().agency.planner
        real = planner.answer

        async def answer(*args: Any, **kwargs: Any) -> Any:
            await flow.agents.archive("a")
            return await real(*args, **kwargs)

        planner.answer = answer  # type: ignore[method-assign]
        goal = await agent.submit("do it", {"id": "17"})
        with pytest.raises(ProviderError, match="was archived"):
            await goal.plan()
        assert await flow.runs.list() == []


async def test_a_planner_that_fails_by_a_defect_is_asked_again_and_the_goal_goes_on(tmp_path: Path) -> None:
    office.answers(tmp_path, office.READS)
    async with AgentFlow(tools=office.tools(), settings=Settings(folder=tmp_path)) as flow:
        agent = await flow.agents.create("a", model=office.MODEL, tools=["*"], review="never")
        planner = flow._open().agency.planner
        real, failures = planner.answer, [KeyError("choices")]

        async def answer(*args: Any, **kwargs: Any) -> Any:
            if failures:
                raise failures.pop()
            return await real(*args, **kwargs)

        planner.answer = answer  # type: ignore[method-assign]
        goal = await agent.submit("do it", {"id": "17"})
        assert (await asyncio.wait_for(goal.plan(), 60)).number == 1


async def test_an_archived_agent_stays_archived_though_the_file_names_it(tmp_path: Path) -> None:
    settings = Settings(folder=tmp_path, agents={"ada": AgentSettings(model=office.MODEL)})
    async with AgentFlow(settings=settings, worker=False) as flow:
        await flow.agents.archive("ada")
    async with AgentFlow(settings=settings, worker=False) as flow:
        assert await flow.agents.list() == []


async def test_two_that_open_a_fresh_database_at_once_both_find_the_agents_of_the_file(tmp_path: Path) -> None:
    settings = Settings(
        folder=tmp_path, agents={f"a{number}": AgentSettings(model=office.MODEL) for number in range(5)}
    )

    async def names() -> list[str]:
        async with AgentFlow(settings=settings, worker=False) as flow:
            return [agent.name for agent in await flow.agents.list()]

    expected = [f"a{number}" for number in range(5)]
    assert list(await asyncio.gather(names(), names(), names())) == [expected] * 3


async def test_a_worker_whose_last_write_fails_still_leaves(tmp_path: Path) -> None:
    flow = AgentFlow(tmp_path / "a.db")
    await flow.__aenter__()
    engine = embedded(flow)
    lock = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    engine.store.patience = 0.001
    await until(lambda: alive(tmp_path / "a.db", engine.worker))
    lock.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageError):
        await flow.__aexit__(None, None, None)
    lock.close()
    assert not alive(tmp_path / "a.db", engine.worker)
