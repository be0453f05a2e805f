"""Time moves only where the test says so, and what is due on the way happens at its moment, in order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agentflow.errors import UsageError
from agentflow.testing import StillClock, TestFlow

from .desk import plan

DAY = 86_400.0
START = 1_800_000_000.0
NAP = ('await step.sleep("nap", "30 days")', "return step.now().timestamp()")
RETRIED = 'return await step.do("look", tools.desk.look(value=1), retries={"limit": 1, "delay": "1 hour"})'
GO = 'event = await step.wait_for_event("go", "go", timeout="1 day")'
WAIT = (GO, "return [event.payload, step.now().timestamp()]")
MONTHS = (
    "for month in range(6):",
    '    await step.sleep("a month", "30 days")',
    '    await step.do("note", tools.desk.look(value=step.now().timestamp()))',
)


async def test_time_stands_still_by_itself(flow: TestFlow) -> None:
    run = await flow.run(plan(*NAP))
    await flow.settle()
    assert ((await run.refresh()).status, flow.clock.now()) == ("sleeping", START)
    assert flow.clock.moment == datetime.fromtimestamp(START, UTC)


@pytest.mark.parametrize(
    ("skip", "seconds"),
    [
        (lambda flow: flow.skip(days=40), 40 * DAY),
        (lambda flow: flow.skip("5 weeks"), 35 * DAY),
        (lambda flow: flow.skip(timedelta(days=30)), 30 * DAY),
        (lambda flow: flow.skip(30 * DAY), 30 * DAY),
        (lambda flow: flow.skip("30 days", hours=1), 30 * DAY + 3600),
        (lambda flow: flow.skip_to(datetime.fromtimestamp(START + 31 * DAY, UTC)), 31 * DAY),
    ],
)
async def test_a_sleep_that_ends_on_the_way_ends_at_its_moment(
    flow: TestFlow, skip: Callable[[TestFlow], Any], seconds: float
) -> None:
    run = await flow.run(plan(*NAP))
    await skip(flow)
    assert await run.result() == START + 30 * DAY
    assert flow.clock.now() == START + seconds


async def test_a_sleep_is_not_over_before_its_moment(flow: TestFlow) -> None:
    run = await flow.run(plan(*NAP))
    await flow.skip(days=29, hours=23)
    assert (await run.refresh()).status == "sleeping"


async def test_all_that_comes_on_the_way_comes_in_its_turn(flow: TestFlow) -> None:
    """Half a year of months: each step is called in its own month, though the test waits for none."""
    run = await flow.run(plan(*MONTHS))
    await flow.skip(days=365)
    assert await run.result() is None
    months = [tried.args for tried in flow.steps("note").tried]
    assert months == [{"value": START + n * 30 * DAY} for n in range(1, 7)]


async def test_finish_lets_pass_whatever_it_takes(flow: TestFlow) -> None:
    run = await flow.run(plan(*MONTHS))
    assert await flow.finish(run) is None
    assert flow.clock.now() == START + 180 * DAY


async def test_schedules_start_their_runs_each_at_its_time(flow: TestFlow) -> None:
    agent = await flow.agent()
    await agent.register(plan('await step.do("look", tools.desk.look(value=step.now().hour))'))
    await agent.schedule("often", cron="0 */8 * * *")
    await flow.skip(days=1)
    hours = [tried.args for tried in flow.steps("look").tried]
    assert hours == [{"value": 16}, {"value": 0}, {"value": 8}]


async def test_sleeps_can_be_skipped_by_themselves(flow: TestFlow) -> None:
    flow.skip_sleeps()
    run = await flow.run(plan(*NAP))
    assert await run.result() == START + 30 * DAY


async def test_only_the_sleeps_that_were_named_are_skipped(flow: TestFlow) -> None:
    flow.skip_sleeps("nap")
    run = await flow.run(plan('await step.sleep("nap", "1 day")', 'await step.sleep("other", "1 day")'))
    await flow.settle()
    assert (await run.refresh()).reason["waits"][0]["step"] == "other#1"


async def test_retry_delays_can_be_skipped_by_themselves(flow: TestFlow) -> None:
    flow.skip_retry_delays()
    flow.steps("look").raises(ConnectionError("down"), times=1)
    run = await flow.run(plan(RETRIED))
    assert await run.result() == "looked at 1"
    assert flow.clock.now() == START + 3600


async def test_skipping_sleeps_skips_no_retry_delay_and_no_wait(flow: TestFlow) -> None:
    flow.skip_sleeps()
    flow.steps("look").raises(ConnectionError("down"), times=1)
    retried, waiting = await flow.run(plan(RETRIED)), await flow.run(plan(*WAIT))
    await flow.settle()
    assert ((await retried.refresh()).status, (await waiting.refresh()).status) == ("sleeping", "waiting")
    assert flow.clock.now() == START


async def test_a_wait_that_ends_before_a_sleep_is_not_skipped_over(flow: TestFlow) -> None:
    """Else it would have timed out behind the test's back."""
    flow.skip_sleeps()
    run = await flow.run(
        plan(
            "async def nap():",
            '    await step.sleep("nap", "2 days")',
            "async def wait():",
            f"    {GO}",
            "    return event.payload",
            "return (await step.gather(nap(), wait()))[1]",
        )
    )
    await flow.settle()
    assert flow.clock.now() == START
    await run.send("go", 5)
    assert await run.result() == 5
    assert flow.clock.now() == START + 2 * DAY


async def test_a_wait_can_be_let_end_without_an_event(flow: TestFlow) -> None:
    run = await flow.run(plan(*WAIT))
    await flow.expire_wait("go")
    assert ((await run.error())["type"], flow.clock.now()) == ("WaitTimeout", START + DAY)


async def test_a_wait_for_people_can_be_let_end_of_one_run(flow: TestFlow) -> None:
    ask = plan('return await step.ask("colour", "Which?", ["red", "blue"], default="red", timeout="1 day")')
    first = await flow.run(ask)
    await flow.skip(hours=1)
    second = await flow.run(ask)
    await flow.expire_wait("colour", run=second)
    assert (await first.result(), await second.result()) == ("red", "red")
    assert flow.clock.now() == START + DAY + 3600


async def test_one_of_very_many_waits_can_be_let_end_and_the_first_of_very_many_sleeps_skipped(flow: TestFlow) -> None:
    """However many of them a status tells."""
    body = (
        "async def ask(n):",
        '    return await step.ask(f"ask {n}", "Well?", default=n, timeout=3600 * (n + 1))',
        "async def nap(n):",
        '    await step.sleep(f"nap {n}", n + 1)',
        "return await step.gather(*[ask(n) for n in range(40)], *[nap(n) for n in range(40)])",
    )
    flow.skip_sleeps()
    run = await flow.run(plan(*body))
    await flow.settle()
    assert flow.clock.now() == START + 40
    await flow.expire_wait("ask 39")
    assert (await run.result())[:40] == list(range(40))


async def test_a_wait_that_is_not_there_cannot_end(flow: TestFlow) -> None:
    await flow.run(plan(*NAP))
    with pytest.raises(AssertionError, match="nothing waits under the name 'nap'"):
        await flow.expire_wait("nap")


async def test_skip_until_stops_at_the_status(flow: TestFlow) -> None:
    run = await flow.run(plan('await step.sleep("nap", "3 days")', *WAIT))
    record = await flow.skip_until(run, "waiting")
    assert (record.status, flow.clock.now()) == ("waiting", START + 3 * DAY)
    await run.send("go", "now")
    assert await run.result() == ["now", START + 3 * DAY]


async def test_skip_until_a_status_that_cannot_come_fails_at_once(flow: TestFlow) -> None:
    run = await flow.run(plan("return 1"))
    with pytest.raises(AssertionError, match="is completed, it cannot become waiting or paused"):
        await flow.skip_until(run, "waiting", "paused")


async def test_skip_until_a_status_that_needs_more_than_time_fails_at_once(flow: TestFlow) -> None:
    run = await flow.run(plan(*NAP))
    await flow.settle()
    await run.pause()
    with pytest.raises(AssertionError, match=r"is paused .*, it cannot become completed by time alone"):
        await flow.skip_until(run, "completed")


async def test_skip_until_does_not_go_on_for_ever_because_of_others(flow: TestFlow) -> None:
    """A run that never ends moves the time, and the one that is asked about does not move with it."""
    for_ever = 'for n in range(500):\n            await step.sleep("nap", "100 days")'
    paused, _ = await flow.run(plan(*NAP)), await flow.run(plan(for_ever))
    await flow.settle()
    await paused.pause()
    with pytest.raises(AssertionError, match="by time alone"):
        await flow.skip_until(paused, "completed")
    assert 300 * DAY <= flow.clock.now() - START <= 365 * DAY


async def test_time_does_not_go_back(flow: TestFlow) -> None:
    with pytest.raises(UsageError, match="the time to skip is -86400 seconds: time does not go back"):
        await flow.skip(days=-1)


@pytest.mark.parametrize("length", ["soon", -1, "400 days"])
async def test_a_length_that_is_none_is_refused(flow: TestFlow, length: Any) -> None:
    with pytest.raises(UsageError, match="the time to skip"):
        await flow.skip(length)


@pytest.mark.parametrize("moment", [datetime(2030, 1, 1), datetime(2020, 1, 1, tzinfo=UTC)])  # noqa: DTZ001
async def test_a_moment_that_is_past_or_has_no_zone_is_refused(flow: TestFlow, moment: datetime) -> None:
    with pytest.raises(UsageError, match="time cannot pass to"):
        await flow.skip_to(moment)


async def test_a_clock_may_start_elsewhere_and_be_moved_by_hand() -> None:
    async with TestFlow(clock=StillClock(1000.0)) as flow:
        run = await flow.run(plan("return step.now().timestamp()"))
        assert await run.result() == 1000.0
        flow.clock.advance(5)
        assert flow.clock.now() == 1005.0
