"""What happens to runs when the process of their code dies, or cannot serve them."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from agentflow.sandbox.guests import Guest
from agentflow.sandbox.local import ProcessSandbox
from agentflow.settings import Limits

from ..fakes.database import writer
from ..fakes.waiting import until
from .harness import HANG, Stage, staged


def guests(stage: Stage) -> list[Guest]:
    """Every process of plan code."""
    sandbox = stage.flow._open().sandbox
    assert isinstance(sandbox, ProcessSandbox)
    return list(sandbox._guests)


async def kill_guests(stage: Stage) -> None:
    """SIGKILL to every process of plan code, as the system does for want of memory."""
    living = guests(stage)
    assert living
    for guest in living:
        os.kill(guest.process.pid, signal.SIGKILL)
    await until(lambda: not any(guest.process.alive for guest in living))


@pytest.mark.parametrize("linger", [0.0, 1e9], ids=["hibernating", "awake"])
async def test_a_run_goes_on_in_a_new_process_after_its_guest_was_killed(tmp_path: Path, linger: float) -> None:
    body = """
    first = await step.do("first", tools.work.look(value=step.random()))
    event = await step.wait_for_event("ev", "go")
    second = await step.do("second", tools.work.look(value=event.payload))
    return [first, second]
    """
    async with staged(tmp_path, linger=linger) as stage:
        run = await stage.start(body)
        await stage.reach(run, "waiting")
        await kill_guests(stage)
        await run.send("go", 2)
        first, second = await stage.result(run)
        assert (stage.crew.values(), second) == ([first, 2], 2)


async def test_a_guest_that_dies_under_a_function_step_fails_the_attempt_which_is_retried(stage: Stage) -> None:
    body = """
    async def both():
        return [await tools.work.look(value=1), await tools.work.keep(value=2)]
    return await step.do("both", both)
    """
    stage.crew.will("look", HANG)
    run = await stage.start(body)
    await stage.calls(1)
    await kill_guests(stage)
    stage.crew.released.set()
    assert await stage.result(run) == [1, 2]
    assert stage.crew.values() == [1, 1, 2]


async def test_runs_that_take_their_process_down_end_alone(tmp_path: Path) -> None:
    """However many do so, one after the other, while one that does not waits behind them."""
    body = """
    while event.payload["on"]:
        pass
    return "fine"
    """
    async with staged(tmp_path, limits=Limits(turn_cpu_seconds=0.2)) as stage:
        runs = [await stage.start(body, {"on": True}), *[await stage.agent.start({"on": True}) for _ in range(4)]]
        bystander = await stage.agent.start({"on": False})
        assert [(await stage.error(run))["data"] for run in runs] == [{"limit": "turn_cpu_seconds"}] * 5
        assert await stage.result(bystander) == "fine"


async def test_what_undoes_a_step_is_worked_out_again_where_another_run_ended_the_process(tmp_path: Path) -> None:
    body = """
    while event.payload["on"]:
        pass
    await step.do("look", tools.work.look(value=7), rollback=lambda result: tools.work.keep(value=result))
    raise PlanFailed("no")
    """
    async with staged(tmp_path, limits=Limits(turn_cpu_seconds=0.5), linger=1e9) as stage:
        stage.crew.will("look", HANG)
        bystander = await stage.start(body, {"on": False})
        await stage.calls(1)
        [guest] = guests(stage)
        endless = await stage.agent.start({"on": True})
        await until(lambda: bool(guest.process._asked))
        stage.crew.released.set()
        assert (await stage.error(endless))["data"] == {"limit": "turn_cpu_seconds"}
        await stage.error(bystander)
        assert stage.crew.values("keep") == [7]


async def test_a_plan_that_asks_for_too_much_memory_fails(stage: Stage) -> None:
    error = await stage.error(await stage.start("return len('x' * (event.payload['n'] * 10 ** 9))", {"n": 4}))
    assert (error["type"], error["data"]) == ("LimitExceeded", {"limit": "guest_memory_mb"})


async def test_a_run_pinned_to_another_python_is_parked_until_it_can_be_replayed(stage: Stage) -> None:
    run = await stage.start('await step.sleep("nap", 60)\nreturn 1')
    await stage.reach(run, "sleeping")
    house = stage.flow._open()
    version = (await run.plan()).python
    writer(house.store).execute("UPDATE plans SET python = '3.99'")
    house.registry._pinned.clear()
    record = await stage.skip(run, "paused")
    assert record.reason["paused"] == "diverged"
    assert "the plan needs Python 3.99" in record.reason["message"]
    writer(house.store).execute("UPDATE plans SET python = ?", [version])
    house.registry._pinned.clear()
    await run.resume()
    assert await stage.result(run) == 1
