"""Runs: listed, watched, looked into; what people do to them is in tests/path/test_control.py."""

from __future__ import annotations

import asyncio
import math
from pathlib import Path
from typing import Any, get_args

import pytest

from agentflow.app import AgentFlow, AgentHandle, RunHandle
from agentflow.app.runs import needs_person
from agentflow.errors import NotFound, RunFailed, UsageError
from agentflow.records import RunStatus
from agentflow.settings import Settings

from ..fakes import office
from ..fakes.afar import everywhere
from ..fakes.elsewhere import on_both
from ..fakes.office import ASKS, READS, WAITS, source
from ..fakes.waiting import until


async def started(clerk: AgentHandle, plan: str, status: RunStatus, payload: Any = None) -> RunHandle:
    """A run of this plan that has come to this status."""
    await clerk.register(plan)
    run = await clerk.start(payload)

    async def reached() -> bool:
        return (await run.refresh()).status == status

    await until(reached)
    return run


@everywhere
async def test_runs_are_found_by_id_and_listed_by_agent_and_status(clerk: AgentHandle, flow: AgentFlow) -> None:
    waiting = await started(clerk, WAITS, "waiting")
    done = await started(clerk, source("return 1"), "completed")
    other = await flow.agents.create("other", model="offline:demo")
    assert (await flow.runs.get(done.id)).record == done.record
    assert {run.id for run in await flow.runs.list()} == {waiting.id, done.id}
    assert [run.id for run in await flow.runs.list(agent="clerk", status="waiting")] == [waiting.id]
    assert await flow.runs.list(agent=other.name) == []
    assert len(await flow.runs.list(most=1)) == 1


@everywhere
async def test_runs_of_a_schedule_are_found_by_its_name(clerk: AgentHandle, flow: AgentFlow) -> None:
    await started(clerk, source("return 1"), "completed")
    nightly = await clerk.schedule("nightly", cron="0 3 * * *")
    run = await nightly.run_now()
    assert [one.id for one in await flow.runs.list(schedule="nightly")] == [run.id]
    assert await flow.runs.list(schedule="nightly", status="failed") == await flow.runs.list(schedule="daily") == []


@everywhere
async def test_a_run_names_those_that_it_has_delegated(clerk: AgentHandle, flow: AgentFlow) -> None:
    await flow.agents.create("boss", model=office.MODEL, agents=["clerk"], review="never")
    await clerk.register(WAITS)
    boss = await flow.agents.get("boss")
    run = await started(boss, source('return await step.delegate("hand on", "clerk", payload={})'), "waiting")
    [child] = await run.children()
    assert (child.parent, child.parent_step) == (run.id, "hand on#1")
    assert list(await (await flow.runs.get(child.id)).children()) == []


@everywhere
async def test_runs_are_counted_by_status_up_to_a_number(clerk: AgentHandle, flow: AgentFlow) -> None:
    for _ in range(2):
        await started(clerk, source("return 1"), "completed")
    await started(clerk, WAITS, "waiting")
    counts = await flow.runs.counts()
    assert set(counts) == set(get_args(RunStatus))
    assert (counts["completed"], counts["waiting"], counts["failed"]) == (2, 1, 0)
    assert (await flow.runs.counts(most=1))["completed"] == 1


@everywhere
async def test_a_step_tells_what_it_went_through_and_what_was_asked_for(clerk: AgentHandle) -> None:
    run = await started(clerk, source('return await step.do("load", tools.orders.get(id="1"))'), "completed")
    [step] = await run.steps()
    assert [(one.state, one.attempt, one.since, one.until) for one in step.phases] == [
        ("running", 1, step.started_at, step.ended_at)
    ]
    assert step.asked["retries"]["limit"] == 5


@everywhere
async def test_an_unknown_run_is_not_found(flow: AgentFlow) -> None:
    with pytest.raises(NotFound, match="there is no run run_x: `agentflow run list` names them"):
        await flow.runs.get("run_x")
    with pytest.raises(NotFound, match="there is no agent 'nobody'"):
        await flow.runs.list(agent="nobody")


@everywhere
async def test_watching_ends_with_the_run(clerk: AgentHandle) -> None:
    run = await started(clerk, WAITS, "waiting")
    seen: list[str] = []

    async def watch() -> None:
        seen.extend([record.status async for record in run.watch()])

    watching = asyncio.create_task(watch())
    await run.send("go", 1)
    await asyncio.wait_for(watching, 60)
    assert seen[-1] == "completed"


@on_both
async def test_watching_says_nothing_of_what_does_not_concern_the_run(clerk: AgentHandle, flow: AgentFlow) -> None:
    run = await started(clerk, WAITS, "waiting")
    seen: list[str] = []

    async def watch() -> None:
        seen.extend([record.status async for record in run.watch()])

    watching = asyncio.create_task(watch())
    for number in range(4):
        await flow.agents.create(f"other{number}", model="offline:demo")
        await asyncio.sleep(0.06)
    await run.cancel()
    await asyncio.wait_for(watching, 60)
    assert (seen, run.status) == (["waiting", "cancelled"], "cancelled")


@pytest.mark.parametrize("plan", [ASKS, source("await step.wait_for_approval('go', 'Go?')")])
async def test_watching_ends_where_only_a_person_can_move_it(clerk: AgentHandle, plan: str) -> None:
    run = await started(clerk, plan, "waiting")
    assert [record.status async for record in run.watch()] == ["waiting"]


@everywhere
async def test_watching_goes_on_where_a_person_has_decided_already(clerk: AgentHandle, flow: AgentFlow) -> None:
    run = await started(clerk, ASKS, "waiting")
    [question] = await flow.approvals.pending()
    await question.answer("red")
    assert [record.status async for record in run.watch()][-1] == "completed"


@everywhere
async def test_watching_ends_at_a_paused_run(clerk: AgentHandle) -> None:
    run = await started(clerk, WAITS, "waiting")
    await run.pause()
    async with asyncio.timeout(60):
        assert [record.status async for record in run.watch()][-1] == "paused"


async def test_a_run_that_waits_for_an_event_beside_a_person_can_move_by_itself(clerk: AgentHandle) -> None:
    both = "await step.gather(step.ask('which', 'Which?'), step.wait_for_event('go', 'go'))"
    run = await started(clerk, source(both), "waiting")
    assert not needs_person(run.record)
    await run.cancel()
    with pytest.raises(RunFailed, match=f"^run {run.id} was cancelled$") as failed:
        await run.result()
    assert (failed.value.error, failed.value.type, failed.value.fault) == (None, None, "person")


@everywhere
async def test_a_result_is_waited_for(clerk: AgentHandle) -> None:
    await clerk.register(READS)
    assert await (await clerk.start({"id": "17"})).result() == {"id": "17", "total": 120}


@everywhere
async def test_a_failed_run_says_why(clerk: AgentHandle) -> None:
    run = await started(clerk, READS, "failed", {"order": "17"})
    with pytest.raises(RunFailed, match=rf"^run {run.id} failed: KeyError: 'id' \(line 8\)$") as failed:
        await run.result()
    error = failed.value
    assert (error.type, error.message, error.data, error.step, error.line) == ("KeyError", "'id'", None, None, 8)
    assert error.fault == "plan"


@everywhere
async def test_steps_history_and_plan_are_there_to_be_looked_into(clerk: AgentHandle) -> None:
    run = await started(clerk, READS, "completed", {"id": "17"})
    [step] = await run.steps()
    assert (step.key, step.kind, step.state, step.tool) == ("load#1", "do", "done", "orders.get")
    assert (step.args, step.result, step.attempts, step.line) == ({"id": "17"}, {"id": "17", "total": 120}, 1, 8)
    first, second = await run.history()
    assert (first["n"], first["kind"], first["body"]) == (0, "start", None)
    assert (second["n"], second["kind"], second["key"]) == (1, "outcome", "load#1:1")
    assert second["body"] == {"ok": {"id": "17", "total": 120}}
    assert (list(await run.history(after=0)), list(await run.history(after=1))) == ([second], [])
    assert (await run.plan()).source == READS


@pytest.mark.parametrize("type", ["", "a b", ".x", "x" * 101, "ü"])
async def test_an_event_type_that_is_none_is_refused(clerk: AgentHandle, type: str) -> None:
    run = await started(clerk, WAITS, "waiting")
    with pytest.raises(UsageError, match="is not an event type: letters, digits"):
        await run.send(type)


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (math.inf, "the event's payload is not JSON: "),
        ({"x": {1}}, "a set is not JSON"),
        ("x" * 1_048_576, "the event's payload has 1048578 bytes, the limit is 1048576"),
    ],
)
async def test_an_event_that_cannot_be_stored_is_refused_and_harms_nobody(
    clerk: AgentHandle, payload: Any, words: str
) -> None:
    run = await started(clerk, WAITS, "waiting")
    with pytest.raises(UsageError, match=words):
        await run.send("go", payload)
    await run.send("go", "fine")
    assert await run.result() == "fine"


async def test_a_run_that_no_worker_can_go_on_with_says_what_it_wants(tmp_path: Path) -> None:
    """A worker without the tool is alive; one process that looks has the tool, and the worker's own has not."""
    async with office.house(tmp_path, worker=False) as flow:
        clerk = await flow.agents.create("clerk", model="offline:demo", tools=["*"])
        await clerk.register(READS)
        run = await clerk.start({"id": "17"})
        assert await run.wants() == [], "nobody works, and a worker of this process could"
        async with AgentFlow(settings=Settings(folder=tmp_path)) as poor:
            assert await run.wants() == ["the tool orders.get"]
            assert await (await poor.runs.get(run.id)).wants() == ["the tool orders.get, which is not here"]
        async with office.house(tmp_path):
            await until(lambda: _ended(run))
        assert await run.wants() == []


async def _ended(run: RunHandle) -> bool:
    return (await run.refresh()).status == "completed"


@everywhere
async def test_runs_are_moved_to_another_version_one_or_all(clerk: AgentHandle, flow: AgentFlow) -> None:
    first, second = [await started(clerk, WAITS, "waiting") for _ in range(2)]
    version = await clerk.register(WAITS.replace("return (await", "return [2], (await"))
    assert [one.moves for one in await clerk.migrate(version.number, of=1, dry_run=True)] == [True, True]
    found = await first.migrate(version.number)
    assert (found.run, found.moves, found.stays, first.record.version) == (first.id, True, ("go#1",), 2)
    assert [(one.run, one.moves) for one in await clerk.migrate(version.number)] == [(second.id, True)]
    for run in (first, second):
        await run.send("go", {"n": 1})
        assert await run.result() == [[2], {"n": 1}]
