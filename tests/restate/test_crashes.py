"""Workers and servers die; every finished step was done once, and no run is lost."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable

import pytest

from ..crash.scene import until_gone
from ..crash.shop import HELD
from ..fakes import postgres
from ..fakes.restate import Server, cluster
from ..fakes.waiting import until
from .fleet import Fleet, finish, judge, resting

pytestmark = pytest.mark.xdist_group("restate")


async def test_another_worker_takes_over_from_one_that_is_killed_in_a_step(fleet: Fleet) -> None:
    """The second attempt has the key of the first, and what was finished is not done again."""
    workers = {worker.pid: worker for worker in (fleet.worker(), fleet.worker())}
    await fleet.ready()
    async with fleet.client() as flow:
        agent = await flow.agents.create("shop", model="offline:demo", tools=["shop.*"])
        await agent.register(HELD)
        run = await agent.start()
        [_, held] = await fleet.until(lambda lines: len(lines) == 2)
        workers[held.pid].kill()
        assert await run.result() == 4
    lines = fleet.ledger.lines()
    assert [(line.tool, line.attempt) for line in lines] == [("shop.look", 1), ("shop.hold", 1), ("shop.hold", 2)]
    assert lines[2].pid in workers.keys() - {held.pid}
    assert lines[1].key == lines[2].key


async def test_a_server_that_is_killed_while_runs_wait(fleet: Fleet, server: Server) -> None:
    """What is said to them meanwhile reaches them, too."""
    fleet.worker()
    await fleet.ready()
    async with fleet.client() as flow:
        runs = await resting(flow, 6, 0.05)
        await fleet.rest(6, "waiting")
        server.kill()
        await runs[0].send("word", "run_0")
        server.start()
        assert await runs[0].result() == [4, "run_0"]
        await finish(runs[1:])
    judge(fleet.ledger.lines(), 6)


async def test_all_are_killed_at_once(fleet: Fleet, server: Server, database_server: postgres.Server) -> None:
    """A worker in a step, the server of Restate, that of the database; then all are there again."""
    worker = fleet.worker()
    await fleet.ready()
    async with fleet.client() as flow:
        agent = await flow.agents.create("shop", model="offline:demo", tools=["shop.*"])
        await agent.register(HELD)
        held = await agent.start()
        runs = await resting(flow, 4, 2)
        await fleet.until(lambda lines: len(lines) == 6)
        await fleet.rest(4)
        worker.kill()
        server.kill()
        database_server.kill()
        database_server.start()
        server.start()
        fleet.worker()
        assert await held.result() == 4
        await finish(runs)
    assert sorted((line.tool, line.attempt) for line in fleet.ledger.lines()) == [
        ("shop.hold", 1),
        ("shop.hold", 2),
        *[("shop.label", 1)] * 4,
        *[("shop.look", 1)] * 5,
    ]


async def test_a_volume_that_is_lost_while_runs_sleep(fleet: Fleet, server: Server) -> None:
    """Restate then knows of no run, no timer and no worker: workers say it all again."""
    fleet.worker()
    await fleet.ready()
    async with fleet.client() as flow:
        runs = await resting(flow, 6, 3)
        await fleet.rest(6)
        server.wipe()
        server.start()
        await finish(runs)
    judge(fleet.ledger.lines(), 6)


async def test_a_cluster_that_loses_a_node(on: Callable[[Server], Fleet]) -> None:
    """The node that founded it. Runs are in a step, asleep, and wait for an event."""
    with cluster() as [first, second, _]:
        fleet = on(second)
        fleet.worker()
        fleet.worker()
        await fleet.ready()
        async with fleet.client() as flow:
            runs = await resting(flow, 12, 2)
            await fleet.until(lambda lines: len(lines) > 6)
            first.kill()
            await finish(runs)
    judge(fleet.ledger.lines(), 12, twice=12)


async def test_workers_are_replaced_while_runs_sleep(fleet: Fleet) -> None:
    """They sleep for longer than that takes; those who come are of another release."""
    before = [fleet.worker(release="1.0"), fleet.worker(release="1.0")]
    await fleet.ready()
    async with fleet.client() as flow:
        runs = await resting(flow, 10, 3)
        await fleet.rest(10)
        for old in before:
            new = fleet.worker(release="2.0")
            await until(lambda new=new: (new.pid,) in fleet.rows("SELECT pid FROM workers"))  # type: ignore[misc]
            old.terminate()
            assert await until_gone(old) == 0
        assert {line.tool for line in fleet.ledger.lines()} == {"shop.look"}
        await finish(runs)
    judge(fleet.ledger.lines(), 10)
    pids = {line.pid for line in fleet.ledger.lines() if line.tool == "shop.label"}
    assert not pids & {worker.pid for worker in before}
    assert fleet.errors() == ""


async def test_a_worker_that_begins_before_the_server_is_there(fleet: Fleet, server: Server) -> None:
    server.kill()
    fleet.worker()
    async with fleet.client() as flow:
        runs = await resting(flow, 2, 0.05)
        await until(lambda: "no work comes from Restate yet" in fleet.errors())
        server.start()
        await finish(runs)
    judge(fleet.ledger.lines(), 2)


async def test_a_server_that_hangs_for_a_while(fleet: Fleet, server: Server) -> None:
    """It takes connections, and says nothing."""
    fleet.worker()
    await fleet.ready()
    async with fleet.client() as flow:
        runs = await resting(flow, 3, 1)
        await fleet.rest(3)
        server.signal(signal.SIGSTOP)
        sending = asyncio.create_task(runs[0].send("word", "run_0"))
        await asyncio.sleep(1.5)  # runs wake up meanwhile
        server.signal(signal.SIGCONT)
        await sending
        assert await runs[0].result() == [4, "run_0"]
        await finish(runs[1:])
    judge(fleet.ledger.lines(), 3)
