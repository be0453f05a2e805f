"""Many runs that wait: they are rows in the database and timers in Restate, and nothing in a worker's memory."""

from __future__ import annotations

import pytest

from ..crash.scene import NIGHTLY
from ..fakes.restate import Server, memory
from .fleet import Fleet, finish, resting, started

RUNS = 10_000 if NIGHTLY else 120
PORTION = 500
FEW = 20
pytestmark = pytest.mark.xdist_group("restate")


async def test_runs_that_wait_take_no_memory_of_a_worker(fleet: Fleet, server: Server) -> None:
    server.wipe()
    server.start()
    worker = fleet.worker(alarm=1_200)
    await fleet.ready()
    async with fleet.client() as flow:
        first = await resting(flow, FEW, 0.01)
        await fleet.rest(FEW, "waiting")
        agent, before = await flow.agents.get("resting"), (memory(worker.pid), server.memory())
        for begin in range(FEW, RUNS, PORTION):
            await started(agent, range(begin, min(begin + PORTION, RUNS)), 0.01)
            await fleet.rest(min(begin + PORTION, RUNS), "waiting", seconds=300)
        grown = memory(worker.pid) - before[0], server.memory() - before[1]
        print(f"{RUNS} runs: a worker grew by {grown[0] / 2**20:.1f} MiB, the server by {grown[1] / 2**20:.1f} MiB")
        assert grown[0] < 48 * 2**20  # of which most is there once, however many runs there are
        await finish(first)
