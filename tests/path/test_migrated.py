"""Runs moved to another version while they go on: what is done stays done, what is open stays where it fits."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from agentflow.app import RunHandle
from agentflow.errors import Conflict, NotFound
from agentflow.records.revisions import Migration

from ..fakes.waiting import until
from .harness import HANG, Stage, plan

BEFORE = 'kept = await step.do("keep", tools.work.keep(value="kept"))\n'
DAY = 86_400.0


async def slept(stage: Stage, body: str, status: Any = "sleeping") -> RunHandle:
    run = await stage.start(body)
    await stage.reach(run, status)
    return run


async def moved(stage: Stage, run: RunHandle, body: str, **options: Any) -> Migration:
    version = await stage.agent.register(plan(body))
    return await run.migrate(version.number, **options)


async def test_a_sleep_of_the_same_name_counts_from_where_the_old_one_began(stage: Stage) -> None:
    run = await slept(stage, BEFORE + 'await step.sleep("rest", "30 days")\nreturn [kept, "old"]')
    began = stage.clock.now()
    stage.clock.advance(3 * DAY)
    found = await moved(stage, run, BEFORE + 'await step.sleep("rest", "5 days")\nreturn [kept, "new"]')
    assert (found.moves, found.why, found.before, found.to) == (True, "1 step stays done", 1, 2)
    assert (found.stays, found.withdrawn, found.starts) == ((), ("rest#1",), ("rest#1",))
    record = await stage.reach(run, "sleeping")
    assert (record.version, record.generation, record.moves[0].before) == (2, 2, 1)
    assert record.reason["waits"][0]["until"] == pytest.approx(began + 5 * DAY, abs=1)
    assert await stage.result(run) == ["kept", "new"]
    assert stage.clock.now() == pytest.approx(began + 5 * DAY, abs=1)
    assert stage.crew.values("keep") == ["kept"]


async def test_a_sleep_that_would_be_over_by_now_is_over_at_once(stage: Stage) -> None:
    run = await slept(stage, 'await step.sleep("rest", "30 days")\nreturn "old"')
    stage.clock.advance(6 * DAY)
    now = stage.clock.now()
    assert (await moved(stage, run, 'await step.sleep("rest", "5 days")\nreturn "new"')).moves
    assert await stage.result(run) == "new"
    assert stage.clock.now() == pytest.approx(now, abs=1)


async def test_what_comes_only_after_it_is_new_and_what_is_open_goes_on(stage: Stage) -> None:
    run = await slept(stage, BEFORE + 'await step.sleep("rest", "30 days")\nreturn kept')
    stage.clock.advance(3 * DAY)
    found = await moved(stage, run, BEFORE + 'await step.sleep("rest", "30 days")\nreturn [kept, "new"]')
    assert (found.moves, found.stays, found.withdrawn, found.starts) == (True, ("rest#1",), (), ())
    began = stage.clock.now() - 3 * DAY
    assert await stage.result(run) == ["kept", "new"]
    assert stage.clock.now() == pytest.approx(began + 30 * DAY, abs=1)


async def test_a_question_that_is_asked_for_as_well_stays_the_same_question(stage: Stage) -> None:
    """Beside it, a wait that the new version does not have is let go, and one that it has instead starts now."""
    asks = 'step.ask("colour", "Which?", ["red", "blue"], timeout="10 days")'
    old = f'return await step.race(asked={asks}, told=step.wait_for_event("told", "told", timeout="9 days"))'
    new = f'return await step.race(asked={asks}, said=step.wait_for_event("said", "said", timeout="9 days"))'
    run = await slept(stage, old, "waiting")
    question = await stage.question()
    began = stage.clock.now()
    stage.clock.advance(DAY)
    found = await moved(stage, run, new)
    assert (found.stays, found.withdrawn, found.starts) == (("colour#1",), ("told#1",), ("said#1",))
    record = await stage.reach(run, "waiting")
    await until(lambda: _opened(run))
    ends = {wait["step"]: wait["until"] for wait in (await run.refresh()).reason["waits"]}
    assert ends["colour#1"] == pytest.approx(began + 10 * DAY, abs=1)
    assert ends["said#1"] == pytest.approx(began + 10 * DAY, abs=1)  # from now on
    still = await stage.question()
    assert (still.id, still.record.status, still.record.expires_at) == (
        question.id,
        "pending",
        question.record.expires_at,
    )
    await still.answer("red")
    assert await stage.result(run) == ["asked", "red"]
    assert record.generation == 2


async def test_a_question_that_offers_other_answers_is_asked_anew(stage: Stage) -> None:
    asks = 'return await step.ask("colour", "Which?", {}, timeout="10 days")'
    run = await slept(stage, asks.format(["red", "blue"]), "waiting")
    before = await stage.question()
    found = await moved(stage, run, asks.format(["red", "green"]))
    assert (found.stays, found.withdrawn, found.starts) == ((), ("colour#1",), ("colour#1",))
    await until(lambda: _asked_anew(stage, before.id))
    await (await stage.question()).answer("green")
    assert await stage.result(run) == "green"


async def _asked_anew(stage: Stage, before: str) -> bool:
    return [one.id != before for one in await stage.flow.approvals.pending()] == [True]


async def _opened(run: RunHandle) -> bool:
    waits = ((await run.refresh()).reason or {}).get("waits", ())
    return {wait["step"] for wait in waits} == {"colour#1", "said#1"}


async def test_a_run_whose_history_does_not_fit_stays_as_it_is(stage: Stage) -> None:
    run = await slept(stage, BEFORE + 'await step.sleep("rest", "30 days")\nreturn kept')
    before = await run.refresh()
    found = await moved(stage, run, 'await step.do("pay", tools.work.pay(value=1))')
    assert (found.moves, found.busy) == (False, False)
    assert found.why == ("the run asked for do 'keep', and the new plan for do 'pay', where 'keep' is done")
    assert await run.refresh() == before
    assert await stage.result(run) == "kept"


async def test_a_dry_run_says_the_same_and_does_nothing(stage: Stage) -> None:
    run = await slept(stage, BEFORE + 'await step.sleep("rest", "30 days")\nreturn [kept, "old"]')
    before = await run.refresh()
    body = BEFORE + 'await step.sleep("rest", "5 days")\nreturn [kept, "new"]'
    foreseen = await moved(stage, run, body, dry_run=True)
    assert await run.refresh() == before
    assert await run.migrate(2) == foreseen


async def test_a_paused_run_stays_paused_and_its_clock_stands_still(stage: Stage) -> None:
    run = await slept(stage, BEFORE + 'await step.sleep("rest", "30 days")\nreturn [kept, "old"]')
    began = stage.clock.now()
    stage.clock.advance(DAY)
    await run.pause()
    await stage.reach(run, "paused")
    stage.clock.advance(2 * DAY)
    assert (await moved(stage, run, BEFORE + 'await step.sleep("rest", "5 days")\nreturn [kept, "new"]')).moves
    await stage.reach(run, "paused")
    await run.resume()
    await stage.reach(run, "sleeping")
    assert await stage.result(run) == ["kept", "new"]
    assert stage.clock.now() == pytest.approx(began + 7 * DAY, abs=1)


async def test_a_moved_run_can_be_moved_and_restarted_again(stage: Stage) -> None:
    run = await slept(stage, BEFORE + 'await step.sleep("rest", "30 days")\nreturn 1')
    began = stage.clock.now()
    stage.clock.advance(DAY)
    await moved(stage, run, BEFORE + 'await step.sleep("rest", "20 days")\nreturn 2')
    await stage.reach(run, "sleeping")
    stage.clock.advance(DAY)
    await moved(
        stage,
        run,
        BEFORE + 'await step.sleep("rest", "10 days")\nreturn await step.do("keep", tools.work.keep(value="last"))',
    )
    assert await stage.result(run) == "last"
    assert stage.clock.now() == pytest.approx(began + 10 * DAY, abs=1)
    await run.restart("keep#2")
    assert await stage.result(run) == "last"
    assert stage.crew.values() == ["kept", "last", "last"]


async def test_a_run_of_a_revoked_version_goes_on_with_another(stage: Stage) -> None:
    run = await slept(stage, BEFORE + 'await step.sleep("rest", "1 day")\nreturn [kept, "old"]')
    await stage.agent.revoke(1)
    stage.clock.advance(2 * DAY)
    await stage.reach(run, "paused")
    assert (await moved(stage, run, BEFORE + 'await step.sleep("rest", "1 day")\nreturn [kept, "new"]')).moves
    assert await stage.result(run) == ["kept", "new"]


async def test_what_may_not_be_asked_is_refused(stage: Stage) -> None:
    run = await slept(stage, 'await step.sleep("rest", "1 day")')
    with pytest.raises(NotFound, match="no version 9"):
        await run.migrate(9)
    with pytest.raises(Conflict, match="is of version 1 already"):
        await run.migrate(1)
    other = await stage.agent.register(plan("return 1"))
    await stage.agent.revoke(other.number)
    with pytest.raises(Conflict, match="version 2 is revoked: no run is moved to it"):
        await run.migrate(2)
    await stage.result(run)
    third = await stage.agent.register(plan("return 3"))
    with pytest.raises(Conflict, match="is completed, and moves to no other version: it is over"):
        await run.migrate(third.number)


async def test_all_runs_of_a_version_are_moved_but_those_that_do_not_fit(stage: Stage) -> None:
    bad = BEFORE + 'await step.sleep("rest", "30 days")\nreturn "old"'
    good = BEFORE + 'await step.sleep("rest", "5 days")\nreturn "new"'
    fits = [await slept(stage, bad) for _ in range(3)]
    odd = await slept(stage, 'await step.do("pay", tools.work.pay(value=1))\nawait step.sleep("rest", "30 days")')
    version = await stage.agent.register(plan(good))
    foreseen = await stage.agent.migrate(version.number, dry_run=True)
    found = {one.run: one for one in await stage.agent.migrate(version.number)}
    assert found == {one.run: one for one in foreseen}
    assert {id for id, one in found.items() if one.moves} == {run.id for run in fits}
    assert "where 'pay' is done" in found[odd.id].why
    assert await stage.agent.migrate(version.number, of=1) == []
    with pytest.raises(NotFound, match="no version 1000000000000000000000000"):
        await stage.agent.migrate(version.number, of=10**24)
    for run in fits:
        assert await stage.result(run) == "new"


async def test_an_attempt_in_flight_ends_first(stage: Stage) -> None:
    """Its result is the new version's: it is made once, and the run moves when it has ended."""
    body = 'paid = await step.do("pay", tools.work.pay(value=7))\nreturn [paid, "{}"]'
    stage.crew.will("pay", HANG)
    run = await stage.start(body.format("old"))
    await until(lambda: stage.crew.values("pay"))
    version = await stage.agent.register(plan(body.format("new")))
    foreseen = await run.migrate(version.number, dry_run=True)
    assert (foreseen.moves, foreseen.busy, foreseen.why) == (False, True, "pay#1:1 is in flight")
    moving = asyncio.create_task(run.migrate(version.number))
    await until(lambda: run.id in stage.flow._house.news._watchers)
    stage.crew.released.set()
    found = await moving
    assert (await stage.result(run), stage.crew.values("pay")) == ([7, "new" if found.moves else "old"], [7])
