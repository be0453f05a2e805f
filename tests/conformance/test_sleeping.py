"""Items 35 to 38: sleep."""

from __future__ import annotations

import os
import resource
from datetime import UTC, datetime
from pathlib import Path

from agentflow.settings import Limits
from agentflow.testing import TestRun

from ..path.harness import plan
from .stage import Stage

DAY = 86_400.0


async def test_35_a_sleep_ends_not_before_its_moment_and_then_at_once(stage: Stage) -> None:
    agent = await stage.flow.agents.get("agent")
    await agent.register(plan('await step.sleep("nap", event.payload["length"])\nreturn step.now().timestamp()'))
    for length, seconds in ((0.25, 0.25), ("10 seconds", 10.0), ("6 weeks", 42 * DAY)):
        run, start = TestRun(stage.flow, await agent.start({"length": length})), stage.clock.now()
        await stage.flow.skip(seconds - 0.125)
        await stage.reach(run, "sleeping")
        await stage.flow.skip(0.125)
        assert await run.result() == start + seconds


async def test_36_a_sleep_until_a_moment_that_is_past_is_over_at_once(stage: Stage) -> None:
    """Cloudflare's raises; a run that was held up for long is then broken by the delay itself."""
    run = await stage.start('await step.sleep_until("then", event.payload["at"])', {"at": stage.clock.now() - 5})
    assert await run.result() is None


async def test_36_a_sleep_until_a_moment_to_come_ends_then(stage: Stage) -> None:
    then = datetime.fromtimestamp(stage.clock.now() + 40 * DAY, UTC)
    run = await stage.start('await step.sleep_until("then", event.payload["at"])\nreturn step.now()', {"at": then})
    assert await stage.flow.finish(run) == then


def resident() -> int:
    """Bytes of this process in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


async def test_37_a_thousand_runs_that_sleep_hold_no_memory_and_stand_in_nobodys_way(stage: Stage) -> None:
    """Cloudflare's local engine keeps half a megabyte and three descriptors for each."""
    agent = await stage.flow.agents.get("agent")
    await stage.start('await step.sleep("nap", event.payload["seconds"])', {"seconds": 0})
    await stage.flow.settle()
    before = resident(), descriptors()
    await agent.start_many([{"payload": {"seconds": 1000}}] * 1000)
    await stage.flow.settle()
    after = resident(), descriptors()
    assert after[0] - before[0] < 30_000_000 + 500_000 * stage.engine.connections  # and their buffers
    assert after[1] <= before[1] + 4 + stage.engine.connections
    assert len(await stage.flow.runs.list(status="sleeping", most=1000)) == 1000
    assert await stage.result("return 1") == 1


async def test_38_what_fell_due_while_nobody_worked_happens_once_each_and_in_order(stage: Stage) -> None:
    body = (
        'await step.sleep("nap", event.payload["n"])\nawait step.do("look", tools.work.look(value=event.payload["n"]))'
    )
    agent = await stage.flow.agents.get("agent")
    await stage.start(body, {"n": 30})
    ids = [(await agent.start({"n": n})).id for n in (50, 10, 40, 20)]
    await stage.flow.settle()
    async with stage.closed():
        stage.clock.advance(1000)
        async with stage.reopened(limits=Limits(concurrent=1, linger_seconds=0)) as later:  # in order is one at a time
            await later.settle()
            await later.skip(1000)
            values = stage.crew.values()
            assert (values if stage.engine.in_order else sorted(values)) == [10, 20, 30, 40, 50]
            assert {(await later.runs.get(id)).status for id in ids} == {"completed"}
    assert len(stage.crew.made) == 5
