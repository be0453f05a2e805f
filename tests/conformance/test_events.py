"""Items 39 to 51: events and approvals."""

from __future__ import annotations

import pytest

from agentflow.errors import Conflict, NotFound, UsageError

from .stage import Stage

DAY = 86_400.0
TAKE = 'return (await step.wait_for_event("take", "ping")).payload'


async def test_39_an_event_that_comes_before_the_wait_is_kept(stage: Stage) -> None:
    """Also one that is sent right after the start."""
    run = await stage.start(f'await step.sleep("nap", 60)\n{TAKE}')
    await run.send("ping", "early")
    assert await stage.flow.finish(run) == "early"


async def test_40_events_of_one_type_come_first_in_first_out_each_to_one_wait(stage: Stage) -> None:
    run = await stage.start('return [(await step.wait_for_event("take", "ping")).payload for _ in range(3)]')
    for n in range(4):
        await run.send("ping", n)
    assert await run.result() == [0, 1, 2]


async def test_41_one_event_wakes_exactly_one_of_two_waits_the_older(stage: Stage) -> None:
    body = """
    async def take(name):
        return (await step.wait_for_event(name, "ping")).payload
    return await step.gather(take("a"), take("b"))
    """
    run = await stage.start(body)
    await run.send("ping", 1)
    assert [wait["step"] for wait in (await stage.reach(run, "waiting"))["waits"]] == ["b#1"]
    await run.send("ping", 2)
    assert await run.result() == [1, 2]


async def test_42_an_event_of_another_type_wakes_nobody_and_stays_for_its_own(stage: Stage) -> None:
    run = await stage.start('a = await step.wait_for_event("a", "ping")\n' + TAKE.replace('"ping"', '"pong"'))
    await run.send("pong", "later")
    assert (await stage.reach(run, "waiting"))["waits"][0]["types"] == ["ping"]
    await run.send("ping")
    assert await run.result() == "later"


async def test_43_a_wait_that_timed_out_takes_no_event_from_the_next_one(stage: Stage) -> None:
    """Cloudflare's did once (workers-sdk 11740)."""
    body = f"""
    try:
        await step.wait_for_event("short", "ping", timeout=60)
    except WaitTimeout:
        await step.sleep("nap", 60)
    {TAKE}
    """
    run = await stage.start(body)
    await stage.flow.expire_wait("short")
    await run.send("ping", "for the next")
    assert await stage.flow.finish(run) == "for the next"


async def test_44_a_wait_timeout_that_nobody_catches_fails_the_run(stage: Stage) -> None:
    error = await stage.error('await step.wait_for_event("take", "ping", timeout="1 hour")')
    assert (error["type"], error["step"]) == ("WaitTimeout", "take")


async def test_45_an_event_is_delivered_once_also_after_a_replay_and_a_new_worker(stage: Stage) -> None:
    body = """
    first = await step.wait_for_event("take", "ping")
    await step.sleep("nap", 60)
    try:
        second = await step.wait_for_event("take", "ping", timeout=60)
    except WaitTimeout:
        return [first.payload]
    return [first.payload, second.payload]
    """
    run = await stage.start(body)
    await run.send("ping", 1)
    await stage.flow.settle()
    async with stage.closed():
        pass
    assert await stage.flow.finish(await stage.again(run)) == [1]


@pytest.mark.parametrize("event_first", [True, False])
async def test_46_of_an_event_and_a_timeout_exactly_one_comes_and_the_same_on_replay(
    stage: Stage, event_first: bool
) -> None:
    """The one that was there first, however late the worker looks."""
    body = """
    try:
        found = (await step.wait_for_event("take", "ping", timeout=60)).payload
    except WaitTimeout:
        found = "timeout"
    await step.sleep("nap", 60)
    await step.sleep("nap", 60)
    return found
    """
    run = await stage.start(body)
    await stage.flow.settle()
    async with stage.closed(), stage.reopened(worker=False) as nobody:
        stage.clock.advance(59.0 if event_first else 61.0)
        await (await nobody.runs.get(run.id)).send("ping", "event")
        stage.clock.advance(10.0)
    found = await stage.flow.finish(await stage.again(run))
    assert found == ("event" if event_first else "timeout")


async def test_47_an_event_to_an_unknown_run_is_not_found_and_to_one_that_ended_a_conflict(stage: Stage) -> None:
    """Cloudflare's local engine takes it without a word."""
    run = await stage.start("return 1")
    await run.result()
    with pytest.raises(Conflict, match=r"is completed: it can no longer receive events"):
        await run.send("ping")
    await run.delete()
    with pytest.raises(NotFound, match=f"there is no run {run.id}"):
        await run.send("ping")


async def test_48_the_type_and_the_size_of_an_event_are_checked_when_it_is_sent(stage: Stage) -> None:
    """Our types may have dots in them."""
    run = await stage.start(TAKE.replace('"ping"', '"x" * 100'))
    for type in ("", "x" * 101, "a b", "-a", "ä", "a\n"):
        with pytest.raises(UsageError, match="is not an event type"):
            await run.send(type)
    with pytest.raises(UsageError, match="the event's payload has 1048577 bytes, the limit is 1048576"):
        await run.send("x" * 100, "y" * (1_048_577 - 2))
    await run.send("order.paid_1-b", 0)
    await run.send("x" * 100, "y" * (1_048_576 - 2))
    assert len(await run.result()) == 1_048_574


async def test_49_a_wait_lasts_24_hours_by_default_and_365_days_at_most(stage: Stage) -> None:
    """Cloudflare's least is a second; ours is any length above 0."""
    run = await stage.start('await step.wait_for_event("take", "ping")')
    wait = (await stage.reach(run, "waiting"))["waits"][0]
    assert wait["until"] - wait["since"] == DAY
    bad = [{"t": 0}, {"t": -1}, {"t": "366 days"}]
    errors = await stage.errors('await step.wait_for_event("take", "ping", timeout=event.payload["t"])', bad)
    assert [error["type"] for error in errors] == ["UsageError"] * 3
    year = await stage.start('await step.wait_for_event("take", "ping", timeout="365 days")')
    wait = (await stage.reach(year, "waiting"))["waits"][0]
    assert wait["until"] - wait["since"] == 365 * DAY


async def test_50_a_decision_counts_once_however_often_it_is_sent(stage: Stage) -> None:
    """The same one again changes nothing; another one is refused, also when the run has long moved on."""
    run = await stage.start('return await step.do("wire", tools.bank.wire(value=7))')
    first = await stage.flow.question()
    second = await stage.flow.approvals.get(first.id)
    await first.approve("yes")
    assert await second.approve("yes") == first.record
    assert await run.result() == 7
    with pytest.raises(Conflict, match="already approved"):
        await second.reject("no")
    assert stage.crew.values() == [7]


async def test_51_a_rejection_raises_its_own_error_with_the_reason_once(stage: Stage) -> None:
    body = """
    try:
        await step.wait_for_approval("agree", "Pay?")
    except ApprovalRejected as e:
        await step.do("tell", tools.work.keep(value=[e.by, e.reason]))
    await step.sleep("nap", 60)
    return "told"
    """
    run = await stage.start(body)
    await (await stage.flow.question()).reject("too dear")
    assert await stage.flow.finish(run) == "told"
    assert stage.crew.values() == [[["local"], "too dear"]]
