"""Items 69 to 80: code that agents bring."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from agentflow.app import RunHandle
from agentflow.errors import NotFound, PlanRefused
from agentflow.records import Principal
from agentflow.sandbox.local import ProcessSandbox
from agentflow.settings import Limits

from ..fakes.waiting import until
from ..path.harness import plan
from .stage import Stage

VERSION = 'await step.wait_for_event("go", "go")\nawait step.do("look", tools.work.look(value={0}))\nreturn {0}'


async def test_69_a_run_executes_the_code_of_the_agent_that_made_it_also_by_a_new_worker(stage: Stage) -> None:
    runs = {}
    for name in ("a", "b"):
        agent = await stage.flow.agent(name)
        runs[name] = await stage.flow.run(plan(VERSION.format(repr(name))), agent=agent)
    await stage.flow.settle()
    async with stage.closed():
        pass
    for name, started in runs.items():
        run = await stage.again(started)
        await run.send("go")
        assert await run.result() == name


async def test_70_a_run_stays_with_the_version_that_it_was_started_with(stage: Stage) -> None:
    """Cloudflare goes on with the newest code over the old history."""
    old = await stage.start(VERSION.format(1))
    await stage.flow.settle()
    new = await stage.start(VERSION.format(2))
    for run in (old, new):
        await run.send("go")
    assert (await old.result(), await new.result()) == (1, 2)
    await old.restart()
    assert await old.result() == 1


async def test_71_what_belongs_to_another_tenant_does_not_exist(stage: Stage) -> None:
    """In Dynamic Workflows one tenant reads and ends the runs of another. A plan has no verb that names a run."""
    run = await stage.start('await step.wait_for_approval("go", "Go?")')
    question = await stage.flow.question()
    await stage.flow.tenants.create("other")
    async with stage.reopened(principal=Principal("mallory", "other")) as other:
        assert (await other.runs.list(), await other.agents.list(), await other.approvals.list()) == ([], [], [])
        with pytest.raises(NotFound):
            await other.agents.get("agent")
        with pytest.raises(NotFound) as unknown:
            await other.runs.get(run.id)
        with pytest.raises(NotFound) as none:
            await other.runs.get("run_none")
        assert str(unknown.value).replace(run.id, "run_none") == str(none.value)
        with pytest.raises(NotFound):
            await other.approvals.get(question.id)
        theirs = RunHandle(other._open(), run.record)
        for verb in (theirs.pause, theirs.resume, theirs.cancel, theirs.restart, theirs.delete, theirs.refresh):
            with pytest.raises(NotFound):
                await verb()
        with pytest.raises(NotFound):
            await theirs.send("go")
    await question.approve()
    await run.result()


async def test_72_every_verb_works_through_the_agents_own_handle_as_through_any(stage: Stage) -> None:
    """Dynamic Workflows drop the options of restart and terminate, and have no delete."""
    undo = 'await step.do("a", tools.work.keep(value="a"), rollback=lambda result: tools.work.keep(value="undone"))'
    await stage.start(f'{undo}\nawait step.do("b", tools.work.look(value="b"))\nawait step.wait_for_event("go", "go")')
    await stage.flow.settle()
    agent = await stage.flow.agents.get("agent")
    for run in (await agent.start(), await stage.flow.runs.get((await agent.start()).id)):
        stage.crew.made.clear()
        await stage.flow.settle()
        await run.restart("b")
        await stage.flow.settle()
        assert [entry["key"] for entry in await run.history()] == ["", "a#1:1", "a#1:rollback1", "b#1:1"]
        await run.cancel(rollback=True)
        await stage.flow.settle()
        assert ((await run.refresh()).status, stage.crew.values()[-2:]) == ("cancelled", ["b", "undone"])
        await run.delete()
    assert [record.status for record in await stage.flow.runs.list()] == ["waiting"]


async def test_73_a_run_whose_code_is_gone_is_parked_until_it_is_back_and_harms_nobody_else(stage: Stage) -> None:
    gone, other = await stage.start(VERSION.format(1)), await stage.start(VERSION.format(2))
    await stage.flow.settle()
    async with stage.closed():
        stage.engine.change("UPDATE plans SET number = 1001 WHERE number = 1")
    gone, other = await stage.again(gone), await stage.again(other)
    for run in (gone, other):
        await run.send("go")
    assert await other.result() == 2
    reason = await stage.reach(gone, "paused")
    assert (reason["paused"], reason["message"].partition(":")[0]) == (
        "diverged",
        "version 1 of the agent's code is gone from the database",
    )
    stage.engine.change("UPDATE plans SET number = 1 WHERE number = 1001")
    await gone.resume()
    assert await gone.result() == 1


async def test_74_code_that_cannot_run_is_refused_when_it_is_registered(stage: Stage) -> None:
    agent = await stage.flow.agents.get("agent")
    broken = {
        "syntax": "class Plan(Workflow:\n",
        "nothing": "",
        "no class": "from agentflow import Workflow\n",
        "no run": 'from agentflow import Workflow\n\n\nclass Plan(Workflow):\n    """Nothing."""\n',
        "import": plan("return os.getcwd()", "import os\n"),
        "tool": plan('await step.do("x", tools.work.none())'),
    }
    for name, source in broken.items():
        with pytest.raises(PlanRefused) as refused:
            await agent.register(source)
        assert refused.value.findings, name
    assert await agent.plans() == []


async def test_75_the_envelope_is_neither_seen_nor_forged_by_a_plan(stage: Stage) -> None:
    """A payload that looks like one is a payload."""
    forged = {"agent": "other", "tenant": "other", "version": 9, "__dispatcherMetadata": {"tenant": "other"}}
    run = await stage.start("return [event.payload, event.agent, event.run]", forged)
    assert await run.result() == [forged, "agent", run.id]
    assert (run.record.tenant, run.record.version) == ("default", 1)


async def test_76_a_run_without_an_agent_cannot_be_started(stage: Stage) -> None:
    with pytest.raises(NotFound, match="there is no agent 'nobody'"):
        await stage.flow.agents.get("nobody")
    with pytest.raises(NotFound, match="has no plan that may run"):
        await (await stage.flow.agent("idle")).start()


async def test_77_the_event_is_complete(stage: Stage) -> None:
    """Dynamic Workflows drop two of the fields."""
    body = "return [event.payload, event.timestamp.timestamp(), event.id, event.run, event.agent, event.schedule]"
    run = await stage.start(body, {"n": 1})
    made = stage.clock.now()
    assert await run.result() == [{"n": 1}, made, f"{run.id}-1", run.id, "agent", None]


async def test_77_a_scheduled_run_is_told_by_which_schedule_and_for_which_time(stage: Stage) -> None:
    agent = await stage.flow.agents.get("agent")
    await agent.register(plan("return [event.payload, event.schedule, step.now()]"))
    await agent.schedule("nightly", cron="0 3 * * *", payload={"n": 1})
    night = stage.clock.moment.replace(hour=3, minute=0, second=0) + timedelta(days=1)
    await stage.flow.skip_to(night + timedelta(hours=1))
    [record] = await stage.flow.runs.list()
    schedule = {"name": "nightly", "cron": "0 3 * * *", "scheduled_at": night}
    assert await (await stage.flow.runs.get(record.id)).result() == [{"n": 1}, schedule, night]


async def test_78_code_that_never_ends_or_takes_all_memory_fails_its_own_run_only(stage: Stage) -> None:
    """Of the runs of one version in one process, only the one that does it."""
    found = []
    async with stage.closed(), stage.reopened(limits=Limits(turn_seconds=1.0, guest_memory_mb=128)) as flow:
        for body in ("pass", "x += x"):
            source = plan(f'x = ["a"]\nwhile event.payload["on"]:\n    {body}\n{VERSION.format(1)}')
            bystander = await flow.run(source, {"on": False})
            error = await (await flow.run(source, {"on": True})).error()
            found.append((error["type"], error["data"]))
            await bystander.send("go")
            assert await bystander.result() == 1
    limits = ["turn_seconds", "guest_memory_mb"]
    assert found == [("LimitExceeded", {"limit": limit}) for limit in limits]


async def test_79_code_has_no_files_network_or_other_ways_out(stage: Stage) -> None:
    """Each of these lines has a finding of its own."""
    before = ["import socket", "import subprocess", "from pathlib import Path", "import os"]
    body = ["open('/etc/passwd')", "__import__('os')", "().__class__.__bases__", "eval('1')", "globals()", "input()"]
    with pytest.raises(PlanRefused) as refused:
        await stage.start("\n".join(body), before="\n".join(before) + "\n")
    lines = {finding.line for finding in refused.value.findings if finding.severity == "error"}
    first = 2 + len(before) + 3
    assert lines == {*range(2, 2 + len(before)), *range(first, first + len(body))}


async def test_79_the_clock_and_the_dice_of_a_plan_are_those_of_the_run(stage: Stage) -> None:
    before = "import random, time, uuid\nfrom datetime import datetime, timezone\n"
    body = """
    found = [time.time(), datetime.now(timezone.utc).timestamp(), random.random(), str(uuid.uuid4())]
    await step.sleep("nap", 60)
    return found
    """
    run = await stage.start(body, before=before)
    start = stage.clock.now()
    found: list[Any] = await stage.flow.finish(run)
    assert found[:2] == [start, start]


async def test_80_one_process_holds_a_version_and_many_versions_hold_a_bounded_number(stage: Stage) -> None:
    sandbox = stage.flow._open().sandbox
    assert isinstance(sandbox, ProcessSandbox)
    body = plan('return await step.wait_for_event("go", "go")')
    agent = await stage.flow.agents.get("agent")
    await agent.register(body)
    found = set()
    for _ in range(2):
        await agent.start()
        await stage.flow.settle()
        found.add(frozenset(guest.process.pid for guest in sandbox._guests))
    [held] = found
    assert len(held) == 1
    sandbox._all_memory_mb = 1  # less than any of them takes
    runs = [await stage.start(f"await step.wait_for_event('go', 'go')\nreturn {n}") for n in range(5)]
    await stage.flow.settle()
    await until(lambda: len(sandbox._guests) <= 1)
    for n, run in enumerate(runs):
        await run.send("go")
        assert await run.result() == n
