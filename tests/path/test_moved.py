"""Runs moved to another version at a bad moment: nothing that was said, began or was heard is lost or done twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from agentflow.app import AgentFlow, RunHandle, migrations
from agentflow.app.house import House
from agentflow.records import Run
from agentflow.records.revisions import Migration
from agentflow.registry import Stored
from agentflow.settings import Settings
from agentflow.tools import tool

from ..fakes.waiting import until
from .harness import HANG, Stage, plan, staged

DAY = 86_400.0


async def moved(stage: Stage, run: RunHandle, body: str, **options: Any) -> Migration:
    version = await stage.agent.register(plan(body))
    return await run.migrate(version.number, **options)


@asynccontextmanager
async def desk(stage: Stage, folder: Path, *, worker: bool = False) -> AsyncIterator[AgentFlow]:
    """The same house once more, after the first was closed."""
    async with AgentFlow(
        tools=stage.crew.tools(), settings=Settings(folder=folder), clock=stage.clock, worker=worker
    ) as flow:
        yield flow


# what was said and not heard yet


@pytest.mark.parametrize(("word", "status"), [("pause", "paused"), ("cancel", "cancelled")])
async def test_what_people_said_before_the_move_is_heard_after_it(tmp_path: Path, word: str, status: str) -> None:
    async with staged(tmp_path) as stage:
        run = await stage.start('await step.sleep("rest", "30 days")\nreturn "old"')
        await stage.reach(run, "sleeping")
        await stage.agent.register(plan('await step.sleep("rest", "5 days")\nreturn "new"'))
    async with desk(stage, tmp_path) as flow:
        run = await flow.runs.get(run.id)
        await getattr(run, word)()
        assert (await run.migrate(2)).moves
    async with desk(stage, tmp_path, worker=True) as flow:
        run = await flow.runs.get(run.id)
        await until(lambda: _is(run, status))


async def _is(run: RunHandle, status: str) -> bool:
    return (await run.refresh()).status == status


async def test_a_run_that_was_not_begun_begins_as_the_new_version(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.agent.register(plan('return "old"'))
        await stage.agent.register(plan('return "new"'))
    async with desk(stage, tmp_path) as flow:
        agent = await flow.agents.get("crew")
        run = await agent.start(version=1)
        assert (await run.migrate(2)).moves
    async with desk(stage, tmp_path, worker=True) as flow:
        run = await flow.runs.get(run.id)
        await until(lambda: _is(run, "completed"))
        assert await run.result() == "new"


# what ends meanwhile


async def test_a_run_that_fails_while_it_is_waited_for_is_not_moved(stage: Stage) -> None:
    body = 'await step.do("pay", tools.work.pay(value=7))\n'
    stage.crew.will("pay", HANG)
    run = await stage.start(body + "return 1 / 0")
    await until(lambda: stage.crew.values("pay"))
    await stage.agent.register(plan(body + 'return "new"'))
    moving = asyncio.create_task(run.migrate(2))
    await until(lambda: run.id in stage.flow._house.news._watchers)
    stage.crew.released.set()
    found, record = await moving, await run.refresh()
    if found.moves:
        assert await stage.result(run) == "new"
    else:
        assert (found.why, record.status, record.version) == ("it has just ended", "failed", 1)


async def test_a_run_that_is_being_undone_is_not_moved(stage: Stage) -> None:
    undo = 'rollback=lambda result: tools.bank.wire(value="back")'
    body = f'await step.do("keep", tools.work.keep(value=1), {undo})\nawait step.sleep("rest", "1 day")\n'
    run = await stage.start(body + 'raise PlanFailed("no")')
    await stage.skip(run, "waiting")
    for end in ('return "new"', 'raise PlanFailed("not that")'):
        found = await moved(stage, run, body + end)
        assert (found.moves, found.busy, found.why) == (False, False, "it is being undone")


# time


async def test_what_begins_after_a_wait_that_is_over_begins_when_the_run_is_moved(stage: Stage) -> None:
    begin = 'await step.sleep("rest", "1 day")\n'
    run = await stage.start(begin + 'return await step.wait_for_event("told", "told", timeout="100 days")')
    await stage.skip(run, "waiting")
    stage.clock.advance(20 * DAY)
    now = stage.clock.now()
    await moved(stage, run, begin + 'await step.sleep("more", "2 days")\nreturn "new"')
    await stage.reach(run, "sleeping")
    assert await stage.result(run) == "new"
    assert stage.clock.now() == pytest.approx(now + 2 * DAY, abs=1)


async def test_a_time_that_has_passed_since_does_not_overtake_what_was_heard_before_it(stage: Stage) -> None:
    """The event came in time: it is still in time when the turn before it is played anew, long after."""
    heard = 'step.wait_for_event("told", "told", timeout="5 days")'
    body = f"""
async def rests():
    await step.sleep("rest", "1 day")
    await step.sleep("more", "{{}} days")
    return "{{}}"
told, rested = await step.gather({heard}, rests())
return [told.payload, rested]
"""
    run = await stage.start(body.format(30, "old"))
    await stage.reach(run, "waiting")
    stage.clock.advance(2 * DAY)
    await until(lambda: _waits(run, "more#1"))
    await run.send("told", 1)
    stage.clock.advance(1 * DAY)
    await stage.reach(run, "sleeping")
    stage.clock.advance(10 * DAY)
    assert (await moved(stage, run, body.format(40, "new"))).moves
    assert await stage.result(run) == [1, "new"]


async def _waits(run: RunHandle, key: str) -> bool:
    return key in {wait["step"] for wait in ((await run.refresh()).reason or {}).get("waits", ())}


async def test_the_time_of_a_pause_that_is_over_does_not_count_after_the_move(stage: Stage) -> None:
    wait = 'step.wait_for_event("told", "told", timeout="50 days")'
    body = f'return await step.race(a={wait}, b=step.sleep("rest", "{{}} days"))'
    run = await stage.start(body.format(30))
    await stage.reach(run, "waiting")
    began = stage.clock.now()
    await run.pause()
    await stage.reach(run, "paused")
    stage.clock.advance(10 * DAY)
    await run.resume()
    await stage.reach(run, "waiting")
    stage.clock.advance(DAY)
    assert (await moved(stage, run, body.format(20))).moves
    await until(lambda: _waits(run, "rest#1"))
    ends = {wait["step"]: wait["until"] for wait in (await run.refresh()).reason["waits"]}
    assert ends["rest#1"] == pytest.approx(began + 30 * DAY, abs=1)
    assert ends["told#1"] == pytest.approx(began + 60 * DAY, abs=1)


async def test_what_is_decided_while_a_moved_run_is_paused_is_heard_when_it_goes_on(stage: Stage) -> None:
    asks = 'step.ask("colour", "Which?", ["red", "blue"], timeout="10 days")'
    body = f'return await step.gather({asks}, step.sleep("rest", "{{}} days"))'
    run = await stage.start(body.format(3))
    await stage.reach(run, "waiting")
    await run.pause()
    await stage.reach(run, "paused")
    assert (await moved(stage, run, body.format(2))).moves
    await until(lambda: _at_rest(run))
    await (await stage.question()).answer("red")
    await until(lambda: _at_rest(run))
    await run.resume()
    await stage.reach(run, "sleeping")
    assert (await stage.result(run))[0] == "red"


async def _at_rest(run: RunHandle) -> bool:
    return not await run._house.store.rows("messages", id=run.id) and (await run.refresh()).status == "paused"


async def test_an_attempt_that_ended_while_its_version_was_revoked_is_not_waited_for(stage: Stage) -> None:
    body = 'paid = await step.do("pay", tools.work.pay(value=7))\nreturn [paid, "{}"]'
    stage.crew.will("pay", HANG)
    run = await stage.start(body.format("old"))
    await until(lambda: stage.crew.values("pay"))
    await stage.agent.register(plan(body.format("new")))
    await stage.agent.revoke(1)
    stage.crew.released.set()
    await stage.reach(run, "paused")
    assert (await run.migrate(2)).moves
    assert (await stage.result(run), stage.crew.values("pay")) == ([7, "new"], [7])


async def test_a_restart_beside_a_moved_sleep_starts_that_sleep_anew(stage: Stage) -> None:
    body = 'return await step.gather(step.do("keep", tools.work.look(value=1)), step.sleep("rest", "{} days"))'
    run = await stage.start(body.format(30))
    await stage.reach(run, "sleeping")
    stage.clock.advance(3 * DAY)
    await moved(stage, run, body.format(20))
    await stage.reach(run, "sleeping")
    stage.clock.advance(4 * DAY)
    now = stage.clock.now()
    await run.restart("keep#1")
    await until(lambda: _waits(run, "rest#1"))
    ends = {wait["step"]: wait["until"] for wait in (await run.refresh()).reason["waits"]}
    assert ends["rest#1"] == pytest.approx(now + 20 * DAY, abs=1)


async def test_a_long_attempt_of_one_run_does_not_hold_up_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "PATIENCE", 60.0)
    ended, waited_for, when_idle = asyncio.Event(), list[str](), migrations._when_idle

    async def watched(house: House, run: Run, version: Stored) -> Migration:
        waited_for.append(run.id)
        return await when_idle(house, run, version)

    monkeypatch.setattr(migrations, "_when_idle", watched)

    @tool(namespace="slow", effect="read")
    async def wait() -> str:
        """Waits for the test."""
        await ended.wait()
        return "waited"

    body = """
if event.payload["kind"] == "long":
    await step.do("pay", tools.work.pay(value=1))
else:
    await step.do("wait", tools.slow.wait())
await step.sleep("rest", "1 day")
return "{}"
"""
    async with staged(tmp_path, more=[wait]) as stage:
        stage.crew.will("pay", HANG)
        long = await stage.start(body.format("old"), {"kind": "long"})
        short = await stage.agent.start({"kind": "short"})
        await stage.calls(1)
        await until(lambda: _attempts(short))
        await stage.agent.register(plan(body.format("new")))
        moving = asyncio.create_task(stage.agent.migrate(2))
        await until(lambda: {*waited_for} == {long.id, short.id})
        ended.set()
        await until(lambda: _moved(short))
        assert (await long.refresh()).version == 1
        stage.crew.released.set()
        assert {one.run: one.moves for one in await moving} == {long.id: True, short.id: True}


async def test_an_attempt_that_takes_longer_than_anybody_waits_leaves_its_run_where_it_is(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "PATIENCE", 0.01)
    body = 'await step.do("pay", tools.work.pay(value=1))\nreturn "{}"'
    stage.crew.will("pay", HANG)
    await stage.start(body.format("old"))
    await stage.calls(1)
    await stage.agent.register(plan(body.format("new")))
    [found] = await stage.agent.migrate(2)
    assert (found.moves, found.busy) == (False, True)


async def _moved(run: RunHandle) -> bool:
    return (await run.refresh()).version == 2


async def _attempts(run: RunHandle) -> bool:
    return bool((await run.refresh()).status == "running")
