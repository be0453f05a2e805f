"""Sleeps, and what they leave in memory."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from .harness import Stage

DAY = 86_400.0


@pytest.mark.parametrize(("length", "seconds"), [('"6 weeks"', 42 * DAY), ("90", 90.0), ("timedelta(days=2)", 2 * DAY)])
async def test_a_sleep_lasts_as_long_as_it_says(stage: Stage, length: str, seconds: float) -> None:
    body = f"before = step.now()\nawait step.sleep('nap', {length})\nreturn (step.now() - before).total_seconds()"
    run = await stage.start(body, before="from datetime import timedelta\n")
    assert await stage.result(run) == seconds


async def test_months_of_sleep_in_a_loop_pass(stage: Stage) -> None:
    body = """
    for month in range(6):
        await step.sleep("a month", "30 days")
        await step.do("note", tools.work.keep(value=month))
    """
    start = stage.clock.now()
    run = await stage.start(body)
    assert await stage.result(run) is None
    assert [(made.value, made.at - start) for made in stage.crew.made] == [
        (month, (month + 1) * 30 * DAY) for month in range(6)
    ]
    assert [step.key for step in await run.steps()][-1] == "note#6"


async def test_a_sleep_of_nothing_is_over_at_once(stage: Stage) -> None:
    run = await stage.start("await step.sleep('nothing', 0)\nreturn 1")
    await stage.reach(run, "completed")


@pytest.mark.parametrize("moment", ["12.5", "datetime(2020, 1, 1, tzinfo=timezone.utc)", "step.now()"])
async def test_a_sleep_until_a_moment_that_is_past_is_over_at_once(stage: Stage, moment: str) -> None:
    run = await stage.start(
        f"await step.sleep_until('then', {moment})\nreturn 1", before="from datetime import datetime, timezone\n"
    )
    await stage.reach(run, "completed")


async def test_a_sleep_until_a_moment_ends_then(stage: Stage) -> None:
    then = datetime.fromtimestamp(stage.clock.now() + 40 * DAY, UTC)
    body = f"await step.sleep_until('then', datetime.fromisoformat({then.isoformat()!r}))\nreturn step.now()"
    run = await stage.start(body, before="from datetime import datetime\n")
    record = await stage.reach(run, "sleeping")
    assert record.reason["waits"][0]["until"] == then.timestamp()
    assert await stage.result(run) == then


async def test_a_sleeping_run_says_since_when_until_when_and_on_which_line(stage: Stage) -> None:
    now = stage.clock.now()
    record = await stage.reach(await stage.start('await step.sleep("nap", "1 hour")'), "sleeping")
    assert record.reason == {"waits": [{"for": "sleep", "step": "nap#1", "since": now, "until": now + 3600, "line": 5}]}


async def test_a_duration_that_cannot_be_is_a_usage_error_at_its_line(stage: Stage) -> None:
    run = await stage.start("seconds = -int(event.payload['n'])\nawait step.sleep('nap', seconds)", {"n": 1})
    error = await stage.error(run)
    assert (error["type"], error["line"]) == ("UsageError", 6)
