"""Throughput: steps one after the other in one run, and short runs many at a time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

from .stage import STEPS, Stage, staged


async def sequential(folder: Path, steps: int) -> float:
    """Steps per second of one run."""
    async with staged(folder, STEPS) as stage:
        await stage.ended(await stage.start(1, {"steps": 10}))
        begun = time.perf_counter()
        await stage.ended(await stage.start(1, {"steps": steps}))
        took = time.perf_counter() - begun
        stage.ledger.check(steps + 10)
    return steps / took


async def short_runs(folder: Path, runs: int, agents: int, at_a_time: int = 50) -> float:
    """Five-step runs per second, from the call that creates one to its completion, so many at a time."""
    async with staged(folder, STEPS, agents=agents) as stage:
        await stage.ended(await stage.start(agents, {"steps": 1}))
        numbers = iter(range(runs))
        begun = time.perf_counter()
        await asyncio.gather(*(_one_by_one(stage, numbers) for _ in range(at_a_time)))
        took = time.perf_counter() - begun
        stage.ledger.check(5 * runs + agents)
    return runs / took


async def _one_by_one(stage: Stage, numbers: Iterator[int]) -> None:
    for number in numbers:
        run = await stage.agents[number % len(stage.agents)].start({"steps": 5})
        await stage.end(run.id)
