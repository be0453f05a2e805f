"""Retries, timeouts and deadlines of a step."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from agentflow import NonRetryableError

from .harness import HANG, Stage

TELL = """
try:
    await step.do("try", tools.work.look(), {options})
except StepFailed as e:
    found = {{"attempts": e.attempts, "type": e.type, "data": e.data, "text": str(e)}}
    return {{"kind": "StepFailed", "step": e.step, "message": e.message, "now": step.now(), **found}}
except StepTimeout as e:
    return {{"kind": "StepTimeout", "step": e.step, "message": e.message, "now": step.now()}}
"""


async def told(stage: Stage, options: str) -> dict[str, Any]:
    """What the plan says of the error of a step with these options."""
    found: dict[str, Any] = await stage.result(await stage.start(TELL.format(options=options)))
    return found


@pytest.mark.parametrize("limit", [0, 1, 2])
async def test_the_limit_counts_retries(stage: Stage, limit: int) -> None:
    stage.crew.will("look", *[ValueError("not yet")] * 9)
    found = await told(stage, f'retries={{"limit": {limit}, "delay": 0}}')
    assert (found["attempts"], len(stage.crew.made)) == (limit + 1, limit + 1)
    assert [made.attempt for made in stage.crew.made] == list(range(1, limit + 2))


@pytest.mark.parametrize(
    ("policy", "delays"),
    [
        ('{"limit": 4, "delay": "10 seconds", "backoff": "constant"}', [10, 10, 10, 10]),
        ('{"limit": 4, "delay": "10 seconds", "backoff": "linear"}', [10, 20, 30, 40]),
        ('{"limit": 4, "delay": "1 minute", "backoff": "exponential"}', [60, 120, 240, 480]),
        ("None", [10, 20, 40, 80, 160]),
        ('{"limit": 2}', [10, 20]),
    ],
)
async def test_delays_between_attempts_follow_the_backoff(stage: Stage, policy: str, delays: list[float]) -> None:
    stage.crew.will("look", *[ValueError("not yet")] * 9)
    await told(stage, f"retries={policy}")
    times = [made.at for made in stage.crew.made]
    assert [later - earlier for earlier, later in pairwise(times)] == delays


async def test_an_attempt_that_succeeds_ends_the_retries(stage: Stage) -> None:
    stage.crew.will("look", ValueError("no"), ValueError("no"), "yes")
    run = await stage.start('return await step.do("try", tools.work.look())')
    assert await stage.result(run) == "yes"
    [step] = await run.steps()
    assert (step.state, step.attempts) == ("done", 3)


async def test_step_failed_says_what_the_last_attempt_raised(stage: Stage) -> None:
    failure = LookupError("no such order")
    failure.data = {"order": "17"}  # type: ignore[attr-defined]
    stage.crew.will("look", ValueError("first"), failure)
    found = await told(stage, 'retries={"limit": 1}')
    assert found.pop("now") is not None
    assert found == {
        "kind": "StepFailed",
        "step": "try",
        "attempts": 2,
        "type": "LookupError",
        "message": "no such order",
        "data": {"order": "17"},
        "text": "step 'try' failed after 2 attempts: LookupError: no such order",
    }


async def test_a_non_retryable_error_of_a_tool_is_not_retried(stage: Stage) -> None:
    stage.crew.will("look", NonRetryableError("never", {"code": 7}))
    found = await told(stage, 'retries={"limit": 5}')
    assert (found["kind"], found["attempts"], found["type"], found["data"]) == (
        "StepFailed",
        1,
        "NonRetryableError",
        {"code": 7},
    )


async def test_an_attempt_that_takes_too_long_fails_as_step_timeout_and_is_retried(stage: Stage) -> None:
    stage.crew.will("look", HANG, HANG)
    run = await stage.start(TELL.format(options='timeout="1 minute", retries={"limit": 1, "delay": "10 seconds"}'))
    start = stage.clock.now()
    await stage.calls(1)
    stage.clock.advance(60)
    await stage.reach(run, "sleeping")
    await stage.skip(run, "running")
    await stage.calls(2)
    assert stage.crew.made[1].at == start + 70
    stage.clock.advance(60)
    found = await stage.result(run)
    assert (found["kind"], found["type"], found["attempts"]) == ("StepFailed", "StepTimeout", 2)
    assert stage.crew.cancelled == ["look", "look"]


async def test_a_timeout_that_is_not_reached_does_nothing(stage: Stage) -> None:
    stage.crew.will("look", HANG)
    run = await stage.start(TELL.format(options='timeout="1 minute"'))
    await stage.calls(1)
    stage.clock.advance(59.9)
    assert (await stage.reach(run, "running")).status == "running"
    assert stage.crew.cancelled == []


async def test_a_deadline_that_passes_in_an_attempt_raises_step_timeout(stage: Stage) -> None:
    stage.crew.will("look", ValueError("no"), HANG)
    start = stage.clock.now()
    run = await stage.start(TELL.format(options='deadline="30 seconds", retries={"limit": 9, "delay": "20 seconds"}'))
    await stage.calls(1)
    await stage.reach(run, "sleeping")
    await stage.skip(run, "running")
    await stage.calls(2)
    stage.clock.advance(10)
    found = await stage.result(run)
    assert (found["kind"], found["now"].timestamp() - start) == ("StepTimeout", 30)
    assert stage.crew.cancelled == ["look"]


async def test_a_retry_that_would_begin_after_the_deadline_is_not_waited_for(stage: Stage) -> None:
    stage.crew.will("look", ValueError("not yet"))
    found = await told(stage, 'deadline="5 seconds", retries={"delay": "10 seconds"}')
    assert found["kind"] == "StepTimeout"
    assert "not yet" in found["message"]
