"""Whether a run may go on is asked at each dispatch, of its tenant, its agent and its version: else it stands still."""

from __future__ import annotations

from collections.abc import AsyncIterator
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest

import agentflow.dispatch.evaluating
import agentflow.dispatch.world
from agentflow.app import AgentHandle, RunHandle
from agentflow.app.doors import Doors
from agentflow.errors import Conflict, Refused, UsageError
from agentflow.records import Principal
from agentflow.testing import TestFlow
from agentflow.tools import tool

from .harness import plan

LATER = plan('await step.sleep("first", 60)\nreturn await step.do("look", tools.work.look(value=1))')
UNDONE = plan("""
    undo = lambda result: tools.work.look(value=-result)
    await step.do("look", tools.work.look(value=1), retries={"limit": 0}, rollback=undo)
    await step.sleep("first", 60)
""")


ACME = Principal("anna", "acme")


@pytest.fixture
def made() -> list[int]:
    """The calls that reached the tool."""
    return []


@pytest.fixture
async def flow(made: list[int]) -> AsyncIterator[TestFlow]:
    @tool(namespace="work", effect="idempotent")
    def look(value: int) -> int:
        """Looks something up."""
        made.append(value)
        return value

    async with TestFlow(tools=[look]) as flow:
        yield flow


@pytest.fixture
async def acme(flow: TestFlow) -> Doors:
    """The house as a tenant sees it."""
    await flow.tenants.create("acme")
    return flow.acting_as(ACME)


async def asleep(flow: TestFlow, doors: Doors, source: str = LATER) -> tuple[AgentHandle, RunHandle]:
    """A run that sleeps, of an agent `crew`."""
    agent = await doors.agents.create("crew", model="offline:demo", tools=["*"], review="never")
    await agent.register(source)
    run = await agent.start()
    await flow.skip_until(run, "sleeping")
    return agent, run


async def held(flow: TestFlow, run: RunHandle) -> str:
    """Why a run stands still, once its time has come."""
    await flow.skip(60)
    record = await run.refresh()
    assert (record.status, record.reason["paused"]) == ("paused", "refused")
    return str(record.reason["message"])


async def goes_on(flow: TestFlow, run: RunHandle) -> Any:
    await flow.skip(1)
    assert (await run.refresh()).status == "completed"
    return await run.result()


async def test_the_runs_of_a_suspended_tenant_stand_still_until_it_is_resumed(
    flow: TestFlow, acme: Doors, made: list[int]
) -> None:
    agent, run = await asleep(flow, acme)
    await flow.tenants.suspend("acme")
    assert await held(flow, run) == "the tenant acme is suspended: it goes on with `agentflow tenant resume acme`"
    with pytest.raises(Refused, match="the tenant acme is suspended: nothing starts in it until it is resumed"):
        await agent.start()
    with pytest.raises(Refused, match="the tenant acme is suspended"):
        await agent.start_many([{}, {}])
    with pytest.raises(Refused, match="the tenant acme is suspended"):
        await agent.submit("Look it up.")
    assert made == []
    await flow.tenants.resume("acme")
    assert await goes_on(flow, run) == 1


async def test_the_runs_of_other_tenants_go_on(flow: TestFlow, acme: Doors) -> None:
    _, run = await asleep(flow, flow)
    await flow.tenants.suspend("acme")
    await flow.skip(60)
    assert await run.result() == 1


async def test_the_runs_of_an_archived_agent_stand_still_until_it_is_made_again(
    flow: TestFlow, made: list[int]
) -> None:
    _, run = await asleep(flow, flow)
    await flow.agents.archive("crew")
    said = await held(flow, run)
    assert said == "agent crew is archived: it goes on with `agentflow agent create crew ...`"
    with pytest.raises(Conflict, match="agent crew is archived"):
        await (await flow.agents.get("crew")).start()
    await run.resume()
    assert await held(flow, run) == said
    assert made == []
    await flow.agents.create("crew", model="offline:demo", tools=["*"])
    assert await goes_on(flow, run) == 1


@pytest.mark.parametrize(
    "where",
    [
        "agentflow.dispatch.facts",
        "agentflow.dispatch.evaluating.call_facts",
        "agentflow.dispatch.attempts.granted",
    ],
)
async def test_an_agent_that_is_archived_in_the_middle_of_a_turn_takes_nothing_from_its_runs(
    flow: TestFlow, made: list[int], monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """That the run may not go on is nothing to know of a step or of what undoes it, and no attempt that counts."""
    known = attrgetter(where.removeprefix("agentflow."))(agentflow)

    async def late(*asked: Any) -> Any:
        monkeypatch.undo()
        await flow.agents.archive("crew")
        return await known(*asked)

    agent = await flow.agents.create("crew", model="offline:demo", tools=["*"], review="never")
    await agent.register(UNDONE)
    monkeypatch.setattr(where, late)
    run = await agent.start()
    await flow.skip_until(run, "paused")
    assert (await run.refresh()).reason["paused"] == "refused"
    await flow.agents.create("crew", model="offline:demo", tools=["*"])
    await flow.skip_until(run, "sleeping")
    await run.cancel(rollback=True)
    await flow.skip_until(run, "cancelled")
    assert (run.record.rollback["outcome"], made) == ("complete", [1, -1])


SWALLOWS = plan("""
    async def looks():
        try:
            return await tools.work.look(value=1)
        except Exception:
            return "swallowed"
    return await step.do("looks", looks)
""")


async def test_a_function_step_whose_call_may_not_be_made_now_hears_nothing_of_it_and_waits(
    flow: TestFlow, made: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = agentflow.dispatch.world.granted

    async def late(*of: Any) -> Any:
        monkeypatch.undo()
        await flow.agents.archive("crew")
        return await asked(*of)

    agent = await flow.agents.create("crew", model="offline:demo", tools=["*"], review="never")
    await agent.register(SWALLOWS)
    monkeypatch.setattr("agentflow.dispatch.attempts.granted", late)
    run = await agent.start()
    await flow.skip_until(run, "paused")
    assert ((await run.refresh()).reason["paused"], made) == ("refused", [])
    await flow.agents.create("crew", model="offline:demo", tools=["*"])
    await flow.skip_until(run, "completed")
    assert (await run.result(), made) == (1, [1])


async def test_the_runs_of_a_revoked_version_stand_still_and_can_be_cancelled(flow: TestFlow, made: list[int]) -> None:
    agent, run = await asleep(flow, flow, UNDONE)
    revoked = await agent.revoke(1)
    assert revoked.revoked_at == flow.clock.now()
    move = f"`agentflow run migrate {run.id} --to N`"
    assert await held(flow, run) == f"crew@1 is revoked, and stays so: move it with {move}, or cancel it"
    with pytest.raises(Conflict, match="version 1 is revoked already"):
        await agent.revoke(1)
    with pytest.raises(Conflict, match="version 1 of crew is revoked"):
        await agent.start(version=1)
    with pytest.raises(Conflict, match="may not go on now: it can be cancelled, but nothing of it can be undone"):
        await run.cancel(rollback=True)
    await run.cancel()
    assert ((await run.refresh()).status, made) == ("cancelled", [1])


async def test_a_run_that_may_not_go_on_is_cancelled_and_paused_before_it_finds_out(flow: TestFlow) -> None:
    _, run = await asleep(flow, flow)
    other = await (await flow.agents.get("crew")).start()
    await flow.skip_until(other, "sleeping")
    await flow.agents.archive("crew")
    await run.cancel()
    await other.pause()
    await flow.settle()
    assert (await run.refresh()).status == "cancelled"
    assert (await other.refresh()).reason["paused"] != "refused"


async def test_undoing_waits_until_the_agent_may_call_again(flow: TestFlow, made: list[int]) -> None:
    _, run = await asleep(flow, flow, UNDONE)
    await flow.agents.archive("crew")
    await run.cancel(rollback=True)
    await flow.settle()
    assert ((await run.refresh()).reason["paused"], made) == ("refused", [1])
    await flow.agents.create("crew", model="offline:demo", tools=["*"])
    await flow.skip(1)
    assert ((await run.refresh()).status, made) == ("cancelled", [1, -1])


async def test_a_schedule_starts_nothing_in_a_suspended_tenant(flow: TestFlow, acme: Doors) -> None:
    agent, _ = await asleep(flow, acme)
    schedule = await agent.schedule("hourly", cron="0 * * * *")
    await flow.tenants.suspend("acme")
    await flow.skip("2 hours")
    assert "the tenant acme is suspended: nothing starts in it" in str((await schedule.refresh()).reason)
    assert len(await acme.runs.list()) == 1
    await flow.tenants.resume("acme")
    await flow.skip("1 hour")
    assert len(await acme.runs.list()) == 2


async def test_no_model_is_asked_for_a_suspended_tenant_until_it_is_resumed(tmp_path: Path) -> None:
    async with TestFlow(tmp_path / "a.db", worker=False) as desk:
        await desk.tenants.create("acme")
        acme = desk.acting_as(ACME)
        agent = await acme.agents.create("crew", model="offline:demo", review="never", repairs=0)
        goal = await agent.submit("Look it up.")
        await desk.tenants.suspend("acme")
        async with TestFlow(tmp_path / "a.db") as worker:
            await worker.settle()
            record = await goal.refresh()
            assert (record.status, record.progress) == ("planning", "the tenant acme is suspended")
            assert record.attempts == ()
            await worker.tenants.resume("acme")
            await worker.settle()
            assert (await goal.refresh()).status == "refused"


async def test_in_a_sandbox_no_tool_is_called_and_its_answer_is_made_up(flow: TestFlow, made: list[int]) -> None:
    await flow.tenants.create("play", sandbox=True)
    play = flow.acting_as(Principal("anna", "play"))
    body = """
    async def twice():
        return [await tools.work.look(value=7), await tools.llm.generate(prompt="Say something.")]
    return [await step.do("look", tools.work.look(value=7)), await step.do("twice", twice)]
    """
    agent = await play.agents.create("crew", model="offline:demo", tools=["*"], review="never")
    await agent.register(plan(body))
    run = await agent.start()
    await flow.settle()
    assert (await run.result(), made) == ([1, [1, "stub"]], [])


async def test_a_sandbox_still_refuses_what_is_not_granted(flow: TestFlow) -> None:
    await flow.tenants.create("play", sandbox=True)
    play = flow.acting_as(Principal("anna", "play"))
    _, run = await asleep(flow, play)
    await play.agents.create("crew", model="offline:demo", update=True)
    await flow.skip(60)
    assert "work.look is not granted to this agent" in (await run.refresh()).error["message"]


@pytest.mark.parametrize(
    ("running", "status", "done"),
    [("leave", "completed", [1]), ("cancel", "cancelled", [1]), ("rollback", "cancelled", [1, -1])],
)
async def test_what_becomes_of_the_runs_of_a_revoked_version_is_chosen(
    flow: TestFlow, made: list[int], running: Any, status: Any, done: list[int]
) -> None:
    """Left alone they go on to their end; cancelled, they end now, or once what they did is undone."""
    agent, run = await asleep(flow, flow, UNDONE)
    await agent.revoke(1, running=running)
    with pytest.raises(Conflict, match="version 1 of crew is revoked"):
        await agent.start(version=1)
    await flow.skip_until(run, status)
    assert made == done
    with pytest.raises(UsageError, match="running cannot be 'fly': it is one of pause, leave, cancel, rollback"):
        await agent.revoke(1, running="fly")  # type: ignore[arg-type]  # as a service may be asked
