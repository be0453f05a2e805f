"""Schedules as people handle them: made, changed, paused, asked when they are next, run now, deleted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agentflow.app import AgentFlow, AgentHandle
from agentflow.errors import Conflict, NotFound, UsageError
from agentflow.settings import Settings

from ..fakes import office
from ..fakes.clock import FakeClock
from ..fakes.elsewhere import on_both
from ..fakes.waiting import until

SEES = office.source("return [event.schedule, event.payload]")
NINE = datetime(2027, 1, 15, 9, tzinfo=UTC)
"""An hour after the moment at which the clock stands."""


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def flow(tmp_path: Path, clock: FakeClock) -> AsyncIterator[AgentFlow]:
    """A house without a worker, whose clock stands still."""
    async with AgentFlow(tools=office.tools(), settings=Settings(folder=tmp_path), worker=False, clock=clock) as flow:
        yield flow


@pytest.fixture
async def ada(flow: AgentFlow) -> AgentHandle:
    return await planner(flow)


async def planner(flow: AgentFlow) -> AgentHandle:
    """The agent ada, with a plan that returns what it sees."""
    agent = await flow.agents.create("ada", model=office.MODEL, tools=["*"], review="never")
    await agent.register(SEES)
    return agent


async def test_a_schedule_is_made_found_and_listed(ada: AgentHandle, flow: AgentFlow) -> None:
    made = await ada.schedule("nightly", cron="0 9  * * *", payload={"n": 1}, zone="Europe/Berlin", missed="once")
    await ada.schedule("later", at="2027-03-01T09:00")
    found = await flow.schedules.get("ada", "nightly")
    assert found.record == made.record
    assert (found.name, found.record.cron, found.record.zone, found.record.missed) == (
        "nightly",
        "0 9 * * *",
        "Europe/Berlin",
        "once",
    )
    assert (found.record.payload, found.record.created_by, found.record.version) == ({"n": 1}, "local", None)
    assert [one.name for one in await flow.schedules.list()] == ["later", "nightly"]
    assert await flow.schedules.list(agent="ada") == await flow.schedules.list()


async def test_what_is_not_there_is_said(ada: AgentHandle, flow: AgentFlow) -> None:
    with pytest.raises(NotFound, match="ada has no schedule 'nightly': `agentflow schedule list`"):
        await flow.schedules.get("ada", "nightly")
    with pytest.raises(NotFound, match="no agent 'bob'"):
        await flow.schedules.list(agent="bob")


async def test_a_name_is_taken_once_and_changed_only_with_update(ada: AgentHandle) -> None:
    first = await ada.schedule("nightly", cron="0 9 * * *", payload={"n": 1})
    with pytest.raises(Conflict, match=r"ada has a schedule nightly already: .*--update"):
        await ada.schedule("nightly", cron="0 10 * * *")
    changed = await ada.schedule("nightly", cron="30 9 * * *", version=1, update=True)
    assert (changed.id, changed.record.version, changed.record.payload) == (first.id, 1, {})
    assert changed.record.next_at == NINE.timestamp() + 1800
    assert (await ada.schedule("new", cron="0 9 * * *", update=True)).record.next_at == NINE.timestamp()


async def test_a_change_leaves_a_paused_schedule_paused(ada: AgentHandle) -> None:
    await (await ada.schedule("nightly", cron="0 9 * * *")).pause()
    changed = await ada.schedule("nightly", cron="30 9 * * *", update=True)
    assert (changed.record.paused, changed.record.next_at) == (True, None)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"name": "Nightly"}, "'Nightly' is not a schedule's name"),
        ({"missed": "twice"}, "missed cannot be 'twice': it is one of skip, once"),
        ({"cron": None, "at": "2020-01-01"}, "2020-01-01 has passed already in UTC"),
        ({"payload": [1]}, "payload must be a JSON object"),
        ({"zone": "Europe/Berln"}, "did you mean Europe/Berlin"),
    ],
)
async def test_what_cannot_be_is_refused_before_anything_is_stored(
    ada: AgentHandle, flow: AgentFlow, given: dict[str, Any], why: str
) -> None:
    with pytest.raises(UsageError, match=why):
        await ada.schedule(**{"name": "nightly", "cron": "0 9 * * *", **given})
    assert await flow.schedules.list() == []


async def test_a_schedule_needs_a_plan_that_may_run(ada: AgentHandle, flow: AgentFlow) -> None:
    bob = await flow.agents.create("bob", model=office.MODEL)
    with pytest.raises(NotFound, match="bob has no plan that may run"):
        await bob.schedule("nightly", cron="0 9 * * *")
    with pytest.raises(NotFound, match="no version 2"):
        await ada.schedule("nightly", cron="0 9 * * *", version=2)
    await flow.agents.archive("ada")
    with pytest.raises(Conflict, match="agent ada is archived"):
        await (await flow.agents.get("ada")).schedule("nightly", cron="0 9 * * *")


async def test_the_next_times_are_in_the_zone_and_none_while_it_is_paused(ada: AgentHandle) -> None:
    nightly = await ada.schedule("nightly", cron="0 9 * * *", zone="Europe/Berlin")
    assert [time.isoformat() for time in nightly.next(2)] == ["2027-01-16T09:00:00+01:00", "2027-01-17T09:00:00+01:00"]
    await nightly.pause()
    assert nightly.next(2) == ()


async def test_a_schedule_goes_on_with_the_first_time_after_it_is_resumed(ada: AgentHandle, clock: FakeClock) -> None:
    nightly = await ada.schedule("nightly", cron="0 9 * * *")
    assert (await nightly.resume()).next_at == NINE.timestamp()
    assert (await nightly.pause()).next_at is None
    assert (await nightly.pause()).paused
    clock.advance(7200)
    resumed = await nightly.resume()
    assert (resumed.paused, resumed.next_at) == (False, (NINE + timedelta(days=1)).timestamp())


async def test_a_moment_that_passes_during_a_pause_is_not_made_up_for(ada: AgentHandle, clock: FakeClock) -> None:
    once = await ada.schedule("once", at=NINE, missed="once")
    await once.pause()
    clock.advance(7200)
    resumed = await once.resume()
    assert (resumed.next_at, resumed.reason) == (None, "its time passed while it was paused")
    assert once.next(3) == ()


async def test_two_who_resume_at_once_do_it_once(ada: AgentHandle, flow: AgentFlow) -> None:
    nightly = await ada.schedule("nightly", cron="0 9 * * *")
    await nightly.pause()
    handles = [await flow.schedules.get("ada", "nightly") for _ in range(2)]
    outcomes = await asyncio.gather(*(handle.resume() for handle in handles), return_exceptions=True)
    assert [type(outcome).__name__ for outcome in outcomes].count("Conflict") <= 1
    assert not (await nightly.refresh()).paused


async def test_a_deleted_schedule_says_so_and_its_runs_stay(ada: AgentHandle, flow: AgentFlow) -> None:
    nightly = await ada.schedule("nightly", cron="0 9 * * *")
    run = await nightly.run_now()
    await nightly.delete()
    assert await flow.schedules.list() == []
    for verb in (nightly.refresh, nightly.pause, nightly.resume, nightly.run_now, nightly.delete):
        with pytest.raises(NotFound, match="schedule nightly was deleted"):
            await verb()
    assert (await flow.runs.get(run.id)).status == "queued"
    assert (await ada.schedule("nightly", cron="0 9 * * *")).id != nightly.id


async def test_a_run_now_leaves_the_times_to_come_as_they_are(ada: AgentHandle, clock: FakeClock) -> None:
    nightly = await ada.schedule("nightly", cron="0 9 * * *", payload={"n": 1})
    await nightly.pause()
    run = await nightly.run_now()
    assert (run.record.payload, run.record.schedule["name"]) == ({"n": 1}, "nightly")
    assert (nightly.record.last_run, nightly.record.last_at) == (run.id, clock.now())
    assert (nightly.record.paused, nightly.record.next_at) == (True, None)


@on_both
async def test_a_worker_starts_the_run_and_the_plan_sees_the_schedule(tmp_path: Path) -> None:
    clock = FakeClock()
    async with AgentFlow(tools=office.tools(), settings=Settings(folder=tmp_path), clock=clock) as flow:
        nightly = await (await planner(flow)).schedule(
            "nightly", cron="0 9 * * *", zone="Europe/Berlin", payload={"n": 1}
        )
        clock.advance(24 * 3600)

        async def started() -> bool:
            clock.advance(0.005)  # so slowly that nothing is missed meanwhile
            return (await nightly.refresh()).last_run is not None

        await until(started)
        run = await flow.runs.get(str(nightly.record.last_run))
        seen, payload = await run.result()
    assert seen == {
        "name": "nightly",
        "cron": "0 9 * * *",
        "scheduled_at": datetime.fromisoformat("2027-01-16T09:00:00+01:00"),
    }
    assert payload == {"n": 1}


@pytest.mark.parametrize(("seconds", "idle"), [(30, False), (3600, True)])
async def test_until_idle_waits_for_a_schedule_that_is_due_within_a_minute(
    tmp_path: Path, seconds: float, idle: bool
) -> None:
    settings = Settings.model_validate({"folder": tmp_path, "limits": {"linger_seconds": 0.05}})
    async with AgentFlow(tools=office.tools(), settings=settings) as flow:
        await (await planner(flow)).schedule("soon", at=datetime.now(UTC) + timedelta(seconds=seconds))
        waits = asyncio.create_task(flow.until_idle())
        done, _ = await asyncio.wait([waits], timeout=60 if idle else 1)
        waits.cancel()
    assert bool(done) is idle
