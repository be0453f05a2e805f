"""What models took that a run's steps asked: of each step and of the run, over retries, restarts and generations."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agentflow.app import RunHandle
from agentflow.records import Spent, Usage
from agentflow.tools import ToolContext, tool

from .harness import Stage, staged

TWICE = """
first = await step.do("one", tools.oracle.ask(tokens=100))
second = await step.do("two", tools.oracle.ask(tokens=20))
return first + second
"""


@tool(namespace="oracle", effect="read")
async def ask(context: ToolContext, tokens: int) -> int:
    """Takes tokens, a cent for each."""
    context.on_usage(Spent(tokens, 1, cost=tokens / 100))
    if context.attempt == 1 and tokens == 7:
        raise ConnectionError("lost")
    return tokens


@tool(namespace="oracle", effect="read")
async def guess(context: ToolContext) -> None:
    """Takes tokens at a price that nobody knows."""
    context.on_usage(Usage(5, 5))


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path, more=[ask, guess]) as stage:
        yield stage


async def spent(run: RunHandle) -> Spent:
    return run.spent(await run.steps())


async def test_each_step_and_the_run_say_what_models_took(stage: Stage) -> None:
    run = await stage.start(f'await step.do("look", tools.work.look())\n{TWICE}')
    assert await stage.result(run) == 120
    assert [step.spent for step in await run.steps()] == [None, Spent(100, 1, cost=1.0), Spent(20, 1, cost=0.2)]
    assert await spent(run) == Spent(120, 2, cost=1.2)


async def test_an_attempt_that_failed_took_something_too(stage: Stage) -> None:
    run = await stage.start('return await step.do("ask", tools.oracle.ask(tokens=7))')
    await stage.result(run)
    assert await spent(run) == Spent(14, 2, cost=0.14)


async def test_where_one_price_is_not_known_the_whole_is_not(stage: Stage) -> None:
    run = await stage.start(f'await step.do("guess", tools.oracle.guess())\n{TWICE}')
    await stage.result(run)
    assert await spent(run) == Spent(125, 7, cost=None)


async def test_a_run_that_asked_no_model_took_nothing(stage: Stage) -> None:
    run = await stage.start('return await step.do("look", tools.work.look())')
    await stage.result(run)
    assert await spent(run) == Spent(cost=0)


async def test_a_run_that_continues_as_new_keeps_the_count(stage: Stage) -> None:
    body = """
    await step.do("ask", tools.oracle.ask(tokens=100))
    if event.payload["left"]:
        await step.continue_as_new({"left": event.payload["left"] - 1})
    """
    run = await stage.start(body, {"left": 2})
    await stage.result(run)
    assert (run.record.generation, await spent(run)) == (3, Spent(300, 3, cost=3.0))


@pytest.mark.parametrize(("step", "tokens"), [(None, 240), ("one", 240), ("two", 140)])
async def test_a_restart_counts_what_is_asked_again_twice_and_what_is_kept_once(
    stage: Stage, step: str | None, tokens: int
) -> None:
    run = await stage.start(TWICE)
    await stage.result(run)
    await run.restart(step)
    await stage.result(run)
    assert (await spent(run)).input == tokens
