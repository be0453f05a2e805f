"""Items 24 to 34: retries and errors."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any

import pytest

from agentflow import NonRetryableError, tool
from agentflow.errors import RunFailed
from agentflow.testing import TestFlow

from ..fakes.waiting import until
from ..path.harness import HANG, plan
from .stage import Stage

FAILS = """
try:
    await step.do("look", tools.work.look(), retries=event.payload["retries"])
except StepFailed as e:
    return [e.attempts, e.type, e.message]
"""


async def test_24_a_limit_of_n_means_n_plus_1_attempts(stage: Stage) -> None:
    stage.crew.will("look", *[TypeError(f"boom{n}") for n in range(1, 5)])
    for limit, last in ((0, "boom1"), (2, "boom4")):
        found = await stage.result(FAILS, {"retries": {"limit": limit}})
        assert found == [limit + 1, "TypeError", last]
    assert [made.attempt for made in stage.crew.made] == [1, 1, 2, 3]


async def test_25_delays_follow_the_backoff(stage: Stage) -> None:
    stage.crew.will("look", *[ValueError("no")] * 15)
    expected = {"constant": [10, 10, 10, 10], "linear": [10, 20, 30, 40], "exponential": [10, 20, 40, 80]}
    for backoff, delays in expected.items():
        stage.crew.made.clear()
        await stage.result(FAILS, {"retries": {"limit": 4, "delay": "10 seconds", "backoff": backoff}})
        times = [made.at for made in stage.crew.made]
        assert [later - earlier for earlier, later in pairwise(times)] == delays


async def test_26_the_delay_may_be_a_function_of_the_attempt_and_its_error(stage: Stage) -> None:
    errors = [ValueError("3"), ValueError("5"), ValueError("7")]
    stage.crew.will("look", *errors)
    delay = "lambda attempt, error: attempt * int(error.message)"
    run = await stage.start(f'return await step.do("look", tools.work.look(value=1), retries={{"delay": {delay}}})')
    assert await stage.flow.finish(run) == 1
    times = [made.at for made in stage.crew.made]
    assert [later - earlier for earlier, later in pairwise(times)] == [3, 10, 21]


@pytest.mark.parametrize("delay", ["1 / 0", "error.message"])
async def test_26_a_delay_that_cannot_be_fails_the_step_without_a_retry(stage: Stage, delay: str) -> None:
    stage.crew.will("look", *[ValueError("soon")] * 9)
    wrong = f'{{"delay": lambda attempt, error: {delay}}}'
    error = await stage.error(f'await step.do("look", tools.work.look(), retries={wrong})')
    assert (error["step"], error["attempts"], len(stage.crew.made)) == ("look", 1, 1)
    assert "delay" in error["message"]


async def test_27_the_error_of_a_run_is_that_of_the_last_attempt(stage: Stage) -> None:
    stage.crew.will("look", TypeError("boom1"), KeyError("boom2"), TypeError("boom3"))
    run = await stage.start('await step.do("look", tools.work.look(), retries={"limit": 2})')
    await stage.flow.skip_until(run, "failed")
    error = await run.error()
    assert (error["type"], error["message"], error["attempts"]) == ("TypeError", "boom3", 3)
    with pytest.raises(RunFailed, match="TypeError: boom3"):
        await run.result()


async def test_28_a_run_that_catches_it_goes_on(stage: Stage) -> None:
    stage.crew.will("look", ValueError("no"))
    body = 'try:\n    await step.do("look", tools.work.look(), retries={"limit": 0})\nexcept StepFailed:\n    pass\n'
    assert await stage.result(body + 'return await step.do("next", tools.work.look(value="went on"))') == "went on"


async def test_29_a_failed_step_raises_the_same_stored_error_on_replay(stage: Stage) -> None:
    body = """
    found = []
    try:
        await step.do("look", tools.work.look(), retries={"limit": 1})
    except StepFailed as e:
        found = [e.step, e.attempts, e.type, e.message, e.data]
    await step.sleep("nap", 60)
    await step.sleep("nap", 60)
    return found
    """
    broken = LookupError("gone")
    broken.data = {"order": "17"}  # type: ignore[attr-defined]
    stage.crew.will("look", broken, broken)
    assert await stage.result(body) == ["look", 2, "LookupError", "gone", {"order": "17"}]
    assert len(stage.crew.made) == 2


async def test_30_an_error_that_is_not_retryable_ends_the_step_and_keeps_type_and_message(stage: Stage) -> None:
    """Raised by a tool or by the step's own function, caught or not."""
    stage.crew.will("look", *[NonRetryableError("card is stolen")] * 2)
    assert await stage.result(FAILS, {"retries": {"limit": 9}}) == [1, "NonRetryableError", "card is stolen"]
    error = await stage.error('await step.do("look", tools.work.look())')
    assert (error["type"], error["message"]) == ("NonRetryableError", "card is stolen")
    body = """
    async def refuse():
        raise NonRetryableError("not this one")
    await step.do("refuse", refuse)
    """
    error = await stage.error(body)
    assert (error["type"], error["message"], error["attempts"]) == ("NonRetryableError", "not this one", 1)


async def test_31_an_error_outside_of_every_step_fails_the_run_at_once(stage: Stage) -> None:
    run = await stage.start('await step.do("look", tools.work.look())\nreturn {}["missing"]')
    error = await run.error()
    assert (error["type"], error["line"], len(stage.crew.made)) == ("KeyError", 6, 1)
    await stage.flow.skip(days=1)
    assert (await run.refresh()).status == "failed"


async def test_32_a_timeout_is_for_one_attempt_which_counts_as_failed_and_is_retried(stage: Stage) -> None:
    stage.crew.will("look", HANG)
    run = await stage.start('return await step.do("look", tools.work.look(value="ok on 2"), timeout="1 minute")')
    await until(lambda: stage.crew.made)
    stage.clock.advance(60)
    assert await stage.flow.finish(run) == "ok on 2"
    assert ([made.attempt for made in stage.crew.made], stage.crew.cancelled) == ([1, 2], ["look"])


async def test_32_an_attempt_that_was_cut_off_cannot_store_a_late_result() -> None:
    """Cloudflare's may overlap with its successor, and be stored (cloudflare-docs 30659)."""
    called: list[asyncio.Event] = []

    @tool(effect="read")
    async def stubborn() -> str:
        """Answer whatever happens, the first time too late."""
        called.append(asyncio.Event())
        if len(called) > 1:
            return "in time"
        while not called[0].is_set():
            try:
                await called[0].wait()
            except asyncio.CancelledError:
                continue
        return "too late"

    body = """
    found = await step.do("stubborn", tools.local.stubborn(), timeout=60, retries={"delay": 0})
    await step.sleep("nap", 60)
    return found
    """
    async with TestFlow(tools=[stubborn]) as flow:
        run = await flow.run(plan(body))
        await until(lambda: called)
        flow.clock.advance(60)
        await until(lambda: len(called) == 2)
        called[0].set()
        assert await flow.finish(run) == "in time"
        assert [step.result for step in await run.steps()] == ["in time", None]


async def test_33_an_error_can_be_caught_by_its_class(stage: Stage) -> None:
    """The order of the clauses shows which class each is of. What a tool raised is a StepFailed with its type."""
    body = """
    found = []
    async def fail(): return await step.do("look", tools.work.look(), retries={"limit": 0})
    async def late(): return await step.do("look", tools.work.look(), deadline=1, retries={"delay": 5})
    async def wait(): return await step.wait_for_event("wait", "never", timeout=60)
    async def ask(): return await step.ask("ask", "Well?", timeout=60)
    for attempt in (fail, late, wait, ask):
        try:
            await attempt()
        except StepTimeout as e:
            found.append(["StepTimeout", e.step])
        except WaitTimeout as e:
            found.append(["WaitTimeout", e.step])
        except ApprovalExpired as e:
            found.append(["ApprovalExpired", e.step])
        except StepFailed as e:
            found.append(["StepFailed", e.type])
    return found
    """
    stage.crew.will("look", LookupError("a"), LookupError("b"))
    assert await stage.result(body) == [
        ["StepFailed", "LookupError"],
        ["StepTimeout", "look"],
        ["WaitTimeout", "wait"],
        ["ApprovalExpired", "ask"],
    ]


async def test_34_the_defaults_are_5_retries_from_10_seconds_on_doubled_and_10_minutes(stage: Stage) -> None:
    stage.crew.will("look", *[ValueError("no")] * 5, HANG)
    run: Any = await stage.start('await step.do("look", tools.work.look())')
    await stage.flow.skip(10 + 20 + 40 + 80)
    await stage.reach(run, "sleeping")
    stage.clock.advance(160)
    await until(lambda: len(stage.crew.made) == 6)
    times = [made.at for made in stage.crew.made]
    assert [later - earlier for earlier, later in pairwise(times)] == [10, 20, 40, 80, 160]
    stage.clock.advance(599)
    assert stage.crew.cancelled == []
    stage.clock.advance(1)
    error = await run.error()
    assert (error["type"], error["attempts"], stage.crew.cancelled) == ("StepTimeout", 6, ["look"])
