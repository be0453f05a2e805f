"""Races, blocks with a timeout, maps: what is let go is let go for good, and a replay lets go of the same."""

from __future__ import annotations

from ..fakes.waiting import until
from .harness import HANG, Stage


async def test_the_first_of_a_race_wins_and_the_others_are_withdrawn(stage: Stage) -> None:
    run = await stage.start(
        """
        name, value = await step.race(
            paid=step.wait_for_event("paid", "paid"), late=step.sleep("late", "1 day")
        )
        await step.sleep("more", "2 days")
        return [name, value.payload if name == "paid" else value]
        """
    )
    await stage.reach(run, "waiting")
    await run.send("paid", {"n": 1})
    assert await stage.result(run) == ["paid", {"n": 1}]
    states = {view.key: view.state for view in await run.steps()}
    assert states == {"paid#1": "done", "late#1": "withdrawn", "more#1": "done"}


async def test_a_race_gives_the_same_winner_after_an_eviction(stage: Stage) -> None:
    run = await stage.start(
        """
        async def slow():
            await step.sleep("nap", 10)
            return await step.do("slow", tools.work.look(value="slow"))
        name, value = await step.race(fast=step.sleep("fast", 5), slow=slow())
        await step.sleep("rest", 100)
        return [name, await step.do("after", tools.work.look(value="after"))]
        """
    )
    assert await stage.result(run) == ["fast", "after"]
    assert stage.crew.values() == ["after"]


async def test_an_event_sent_to_a_wait_that_lost_goes_to_the_next_wait(stage: Stage) -> None:
    run = await stage.start(
        """
        await step.race(paid=step.wait_for_event("one", "paid"), time=step.sleep("time", 5))
        return (await step.wait_for_event("two", "paid")).payload
        """
    )
    await stage.reach(run, "waiting")
    stage.clock.advance(5)
    await stage.reach(run, "waiting")
    while not any(view.key == "two#1" for view in await run.steps()):
        await stage.reach(run, "waiting")
    await run.send("paid", {"n": 1})
    assert await stage.result(run) == {"n": 1}


async def test_an_attempt_that_lost_is_cancelled_and_never_heard(stage: Stage) -> None:
    stage.crew.will("pay", HANG)
    run = await stage.start(
        """
        name, _ = await step.race(pay=step.do("pay", tools.work.pay(value=1)), time=step.sleep("time", 5))
        return name
        """
    )
    await stage.calls(1)
    stage.clock.advance(5)
    assert await stage.result(run) == "time"
    await until(lambda: stage.crew.cancelled == ["pay"])
    [pay] = [view for view in await run.steps() if view.name == "pay"]
    assert pay.state == "withdrawn"
    assert pay.error["unknown"]


async def test_a_block_whose_time_is_over_raises_step_timeout_around_it(stage: Stage) -> None:
    run = await stage.start(
        """
        try:
            async with step.timeout("10 seconds"):
                try:
                    await step.wait_for_event("never", "never")
                except StepTimeout:
                    return "inside"
        except StepTimeout:
            return "around"
        """
    )
    assert await stage.result(run) == "around"


async def test_a_block_left_in_time_costs_nothing_later(stage: Stage) -> None:
    run = await stage.start(
        """
        async with step.timeout("10 seconds"):
            value = await step.do("look", tools.work.look(value=7))
        await step.sleep("long", "1 day")
        return value
        """
    )
    assert await stage.result(run) == 7


async def test_a_map_keeps_the_order_and_the_bound(stage: Stage) -> None:
    run = await stage.start(
        """
        async def one(item):
            await step.sleep("nap", item)
            return await step.do("look", tools.work.look(value=item))
        return await step.map(one, [3, 1, 2], concurrency=2)
        """
    )
    assert await stage.result(run) == [3, 1, 2]
    assert stage.crew.values() == [1, 3, 2] or stage.crew.values() == [1, 2, 3]


async def test_a_delay_can_be_a_function_of_attempt_and_error(stage: Stage) -> None:
    stage.crew.will("look", ValueError("a"), ValueError("b"))
    run = await stage.start(
        """
        def wait(attempt, error):
            return 100 * attempt if error.message == "a" else "7 seconds"
        return await step.do("look", tools.work.look(value=1), retries={"limit": 2, "delay": wait})
        """
    )
    assert await stage.result(run) == 1
    first, second, third = (made.at for made in stage.crew.made)
    assert (second - first, third - second) == (100, 7)


async def test_a_delay_function_that_raises_fails_the_step_at_once(stage: Stage) -> None:
    stage.crew.will("look", ValueError("a"))
    run = await stage.start(
        'return await step.do("look", tools.work.look(value=1), retries={"delay": lambda attempt: 1 / 0})'
    )
    error = await stage.error(run)
    assert error["type"] == "ZeroDivisionError"
    assert "last attempt: a" in error["message"]


async def test_progress_is_seen_while_the_run_goes_on(stage: Stage) -> None:
    run = await stage.start('await step.progress("half-way", 0.5)\nawait step.wait_for_event("go", "go")')
    await stage.reach(run, "waiting")
    said = run.record.progress
    assert (said["message"], said["fraction"]) == ("half-way", 0.5)


async def test_what_is_sensitive_is_for_the_plan_and_its_tools_alone(stage: Stage) -> None:
    run = await stage.start(
        """
        secret = await step.do("secret", tools.work.look(value="s3cret"), sensitive=True)
        return len(secret)
        """
    )
    assert await stage.result(run) == 6
    assert stage.crew.values() == ["s3cret"]
    shown = repr((await run.steps(), await run.history(), run.record))
    assert "s3cret" not in shown
    assert "[redacted]" in shown
