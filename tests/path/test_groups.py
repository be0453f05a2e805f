"""Several steps side by side, and names that are used again."""

from __future__ import annotations

import pytest

from .harness import HANG, Stage


@pytest.mark.parametrize("gather", ["step.gather", "asyncio.gather"])
async def test_results_come_in_order_whichever_step_ends_first(stage: Stage, gather: str) -> None:
    body = f"""
    async def slow(n):
        await step.sleep(f"nap", 10 - n)
        return await step.do("look", tools.work.look(value=n))
    return await {gather}(*[slow(n) for n in range(4)], step.do("x", tools.work.look(value="x")))
    """
    run = await stage.start(body, before="import asyncio\n")
    assert await stage.result(run) == [0, 1, 2, 3, "x"]
    assert stage.crew.values() == ["x", 3, 2, 1, 0]


async def test_steps_of_a_group_run_at_the_same_time(stage: Stage) -> None:
    stage.crew.will("look", HANG, HANG, HANG)
    run = await stage.start("return await step.gather(*[step.do('a', tools.work.look(value=n)) for n in range(3)])")
    await stage.calls(3)
    assert [made.value for made in stage.crew.made] == [0, 1, 2]
    await run.cancel()
    await stage.reach(run, "cancelled")


async def test_the_first_error_is_raised_after_all_siblings_have_ended(stage: Stage) -> None:
    stage.crew.will("look", ValueError("early"))
    body = """
    async def slow():
        await step.sleep("nap", "1 hour")
        await step.do("keep", tools.work.keep(value="kept"))
    try:
        await step.gather(slow(), step.do("look", tools.work.look(), retries={"limit": 0}))
    except StepFailed as e:
        return [e.message, step.now().timestamp()]
    """
    start = stage.clock.now()
    assert await stage.result(await stage.start(body)) == ["early", start + 3600]
    assert stage.crew.values("keep") == ["kept"]


async def test_errors_are_results_where_they_are_asked_for(stage: Stage) -> None:
    stage.crew.will("look", ValueError("bad"), "good")
    body = """
    options = {"limit": 0}
    found = await step.gather(
        step.do("a", tools.work.look(), retries=options), step.do("b", tools.work.look()), return_exceptions=True)
    return [str(one) for one in found]
    """
    run = await stage.start(body)
    assert await stage.result(run) == ["step 'a' failed after 1 attempt: ValueError: bad", "good"]


async def test_the_kth_start_of_a_name_is_its_kth_occurrence(stage: Stage) -> None:
    body = """
    for n in range(3):
        await step.do("same", tools.work.look(value=n))
    await step.sleep("same", 1)
    await step.do("same", tools.work.look(value="last"))
    """
    run = await stage.start(body)
    await stage.result(run)
    assert [(step.key, step.kind, step.result) for step in await run.steps()] == [
        ("same#1", "do", 0),
        ("same#2", "do", 1),
        ("same#3", "do", 2),
        ("same#4", "sleep", None),
        ("same#5", "do", "last"),
    ]


async def test_which_of_two_steps_came_first_is_the_same_on_replay(stage: Stage) -> None:
    """The order of delivery is the history, so a branch on it is taken again."""
    body = """
    order = []
    async def wait(kind):
        await step.wait_for_event(kind, kind)
        order.append(kind)
    await step.gather(wait("a"), wait("b"), wait("c"))
    await step.sleep("forget everything", "1 day")
    await step.do(order[0], tools.work.look(value=order))
    await step.sleep("forget it again", "1 day")
    return order
    """
    run = await stage.start(body)
    await stage.reach(run, "waiting")
    for kind in ("b", "c", "a"):
        await run.send(kind)
    assert await stage.result(run) == ["b", "c", "a"]
    assert "b#2" in [step.key for step in await run.steps()]


async def test_a_step_that_is_awaited_again_gives_the_same_result_and_runs_once(stage: Stage) -> None:
    run = await stage.start('one = step.do("a", tools.work.look(value=1))\nreturn [await one, await one]')
    assert await stage.result(run) == [1, 1]
    assert len(stage.crew.made) == 1
