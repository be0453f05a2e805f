"""A run may grow up to each limit, and is then still recovered in a guest of ordinary size; beyond it says which."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agentflow.app import AgentHandle, RunHandle
from agentflow.dispatch.world import code
from agentflow.errors import Conflict, UsageError
from agentflow.sandbox import GuestLimits
from agentflow.settings import Limits

from ..fakes.waiting import until
from .harness import HANG, Stage, plan, staged

NIGHTLY = os.environ.get("AGENTFLOW_HYPOTHESIS") == "nightly"

DEFAULT = Limits()
MIB = 1_048_576

LOADS = """
    kept = []
    for number in range(event.payload["times"]):
        kept.append((await step.wait_for_event("part", "part")).payload)
    await step.wait_for_event("go", "go")
    return [len(kept), kept[0] == kept[-1], await step.do("look", tools.work.look(value=len(kept)))]
"""
LOOKS = """
    for number in range(event.payload["times"]):
        await step.do("look", tools.work.look(value=number))
    await step.wait_for_event("go", "go")
    return number
"""


@pytest.mark.parametrize(
    "part", ["x" * 1_000_000, [{"id": n, "name": f"customer {n}"} for n in range(24_500)]], ids=["text", "records"]
)
async def test_a_run_whose_state_is_full_is_recovered_and_takes_no_more(tmp_path: Path, part: object) -> None:
    times = DEFAULT.state_bytes // MIB - 1
    async with staged(tmp_path) as stage:
        run = await stage.start(LOADS, {"times": times})
        for _ in range(times):
            await run.send("part", part)
        await stage.reach(run, "waiting")
        with pytest.raises(Conflict, match=f"the limit is {DEFAULT.state_bytes}"):
            await _filled(run, part)
        await run.send("go")
        assert await stage.result(run) == [times, True, times]


async def test_a_run_with_as_many_steps_as_it_may_have_is_recovered(tmp_path: Path) -> None:
    limits = DEFAULT if NIGHTLY else Limits(steps=1_000)
    async with staged(tmp_path, limits=limits) as stage:
        run = await stage.start(LOOKS, {"times": limits.steps - 1})
        await until(lambda: _waits(run), seconds=120)
        await run.send("go")
        assert await stage.result(run) == limits.steps - 2
        assert len(await run.steps()) == limits.steps


async def _filled(run: RunHandle, part: object) -> None:
    while True:
        await run.send("other", part)


async def _waits(run: RunHandle) -> bool:
    return (await run.refresh()).status == "waiting"


async def test_a_run_that_starts_one_step_more_fails_and_says_at_which_limit(tmp_path: Path) -> None:
    async with staged(tmp_path, limits=Limits(steps=20)) as stage:
        run = await stage.start(LOOKS, {"times": 20})
        error = await stage.error(run)
        assert (error["type"], error["data"], error["fault"]) == ("LimitExceeded", {"limit": "steps"}, "plan")
        how = "continue as new before that, or raise limits.steps (for one agent: --limit steps=N)"
        assert error["message"] == f"the run has started more than 20 steps: {how}"


async def test_the_limits_of_an_agent_are_its_own_lower_or_higher_and_read_at_each_turn(tmp_path: Path) -> None:
    async with staged(tmp_path, limits=Limits(steps=20)) as stage:
        await _limited(stage, steps=5)
        run = await stage.start(LOOKS, {"times": 5})
        assert (await stage.error(run))["message"].startswith("the run has started more than 5 steps")
        await _limited(stage, steps=5)
        run = await stage.agent.start({"times": 4})
        await stage.reach(run, "waiting")
        await _limited(stage, steps=40)
        longer = await stage.agent.start({"times": 30})
        await stage.reach(longer, "waiting")
        for waiting in (run, longer):
            await waiting.send("go")
        assert await stage.result(longer) == 29


async def test_each_limit_of_an_agent_says_which_it_is(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        agent = await _limited(stage, result_bytes=1_000, state_bytes=6_000)
        for payload in ({"text": "x" * 1_000}, [{"payload": {"text": "x" * 1_000}}]):
            with pytest.raises(UsageError, match=r"has 101\d bytes, the limit is 1000: pass .* limits\.result_bytes"):
                await (agent.start_many(payload) if isinstance(payload, list) else agent.start(payload))
        error = await stage.error(await stage.start("await step.do('look', tools.work.look(value='x' * 999))"))
        assert "the result of 'look' has 1001 bytes, the limit is 1000" in error["message"]
        run = await stage.start("""
            for number in range(9):
                await step.do("look", tools.work.look(value="x" * 900))
        """)
        error = await stage.error(run)
        assert "or raise limits.state_bytes (for one agent: --limit state_bytes=N)" in error["message"]
        run = await stage.start('await step.wait_for_event("go", "go")')
        await stage.reach(run, "waiting")
        with pytest.raises(UsageError, match="the event's payload has 1002 bytes, the limit is 1000"):
            await run.send("go", "x" * 1_000)
        with pytest.raises(Conflict, match="the limit is 6000: let its plan continue as new before that, or raise"):
            await _filled(run, "x" * 900)


async def test_what_a_process_of_an_agent_may_use_goes_to_the_sandbox_with_its_code(tmp_path: Path) -> None:
    async with staged(tmp_path, limits=Limits(turn_commands=7)) as stage:
        run = await stage.start("return 1")
        await _limited(stage, turn_seconds=3.0, turn_cpu_seconds=2.0, guest_memory_mb=128, turn_bytes=4_096)
        found = await code(run._house.world, run.record)
        assert found.limits == GuestLimits(3.0, 2.0, 128, 4_096, 7)


async def _limited(stage: Stage, **limits: float) -> AgentHandle:
    """The stage's agent, with these limits of its own."""
    given = {"model": "offline:./answers", "tools": ["*"], "review": "never"}
    return await stage.flow.agents.create("crew", **given, limits=limits, update=True)  # type: ignore[arg-type]


async def test_a_result_for_which_the_run_has_no_room_fails_its_step(tmp_path: Path) -> None:
    async with staged(tmp_path, limits=Limits(state_bytes=20_000)) as stage:
        body = """
            for number in range(3):
                await step.do("look", tools.work.look(value="x" * 5_000))
        """
        error = await stage.error(await stage.start(body))
        assert (error["type"], error["step"]) == ("ToolError", "look")
        assert "the result of 'look' has 5002 bytes, and its run may store 4" in error["message"]
        assert stage.crew.values("look") == ["x" * 5_000] * 2


async def test_a_command_for_which_the_run_has_no_room_ends_it_before_it_is_done(tmp_path: Path) -> None:
    async with staged(tmp_path, limits=Limits(state_bytes=20_000)) as stage:
        error = await stage.error(await stage.start("await step.do('look', tools.work.look(value='x' * 20_000))"))
        assert (error["type"], error["data"], error["fault"]) == ("LimitExceeded", {"limit": "state_bytes"}, "plan")
        assert stage.crew.made == []


async def test_only_so_many_runs_of_one_agent_go_on_at_a_time(tmp_path: Path) -> None:
    async with staged(tmp_path, limits=Limits(per_agent=2)) as stage:
        stage.crew.will("look", HANG, HANG, HANG)
        await stage.agent.register(plan("return await step.do('look', tools.work.look(value=event.payload['n']))"))
        runs = await stage.agent.start_many([{"payload": {"n": n}} for n in range(3)])
        await stage.calls(2)
        assert sorted([(await run.refresh()).status for run in runs]) == ["queued", "running", "running"]
        stage.crew.released.set()
        assert [await run.result() for run in runs] == [0, 1, 2]
