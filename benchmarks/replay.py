"""Replay: a run that has left the memory is folded from its rows and brought back in a guest that is warm."""

from __future__ import annotations

import time
from pathlib import Path

from agentflow.dispatch import load
from agentflow.dispatch.world import World, code, opening

from .stage import LONG, staged


async def replays(folder: Path, steps: int, repeats: int) -> list[tuple[float, float]]:
    """Milliseconds of the host's fold, and of the guest's replay with its frames."""
    async with staged(folder, LONG, linger=0.0) as stage:
        [run] = await stage.start(1, {"steps": steps})
        await stage.at_rest()
        stage.ledger.check(steps)
        return [await _replay(stage.house.world, run, steps) for _ in range(repeats)]


async def _replay(world: World, run: str, steps: int) -> tuple[float, float]:
    begun = time.perf_counter()
    story = await load(world.store, run)
    folded = time.perf_counter()
    assert story is not None
    activation = await world.sandbox.open(await code(world, story.run), await opening(world, story.run))
    turns = await activation.turns(story.machine.deliveries)
    replayed = time.perf_counter()
    await activation.close()
    assert len(turns) == steps + 1
    return 1000 * (folded - begun), 1000 * (replayed - folded)
