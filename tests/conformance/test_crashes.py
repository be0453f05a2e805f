"""Items 1 to 4, and 67: one worker is killed with four runs in its hands, and another one takes them up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from agentflow import AgentFlow
from agentflow.errors import RunFailed
from agentflow.records import Run

from ..fakes.waiting import until
from ..path.harness import plan
from .engines import ENGINES, MADE, Engine, Line, lines

STEP = 'return await step.do("note", tools.bench.note(value=await step.do("hold", tools.bench.hold(value="held"))))'
SLEEP = """
await step.do("note", tools.bench.note(value=1))
await step.sleep("nap", 1.5)
await step.do("note", tools.bench.note(value=2))
return 2
"""
WAIT = """
first = await step.do("note", tools.bench.note(value=1))
return [first, (await step.wait_for_event("go", "go")).payload]
"""
UNDO = """
await step.do("note", tools.bench.note(value=1), rollback=lambda result: tools.bench.note(value=["undone", result]))
await step.do("note", tools.bench.note(value=2), rollback=lambda result: tools.bench.hold(value=["undone", result]))
raise PlanFailed("the cause")
"""
PLANS = {"step": STEP, "sleep": SLEEP, "wait": WAIT, "undo": UNDO}


@dataclass(frozen=True)
class Seen:
    """What was there after the crash, and what came of each run. Nobody but the worker's own death was told of it."""

    results: dict[str, Any]
    undone: Run
    timers: list[float]
    """Seconds from when the run went to sleep to when it was woken, as its history says it."""
    before: list[Line]
    after: list[Line]

    def calls(self, run: str) -> list[tuple[str, int, Any]]:
        return [(line["step"], line["attempt"], line["value"]) for line in self.after if line["run"] == run]


async def crash(engine: Engine, folder: Path) -> Seen:
    """Four runs in the hands of a worker that is killed; then a new one, and an event for the run that waits."""
    async with engine.client() as flow:
        runs = {name: await started_run(flow, name) for name in PLANS if name != "sleep"}
        async with killed(engine) as worker:
            await worker.until(lambda found: len(found) == 5)
            runs["sleep"] = await started_run(flow, "sleep")  # last: it does not sleep for long
            await until(lambda: _at_rest(flow))
        before = lines(folder)
        (folder / "gate").touch()
        async with killed(engine):
            step, sleep = await asyncio.gather(runs["step"].result(), runs["sleep"].result())
            await runs["wait"].send("go", "second")
            results = {"step": step, "sleep": sleep, "wait": await runs["wait"].result()}
            with pytest.raises(RunFailed, match="the cause"):
                await runs["undo"].result()
        history = await runs["sleep"].history()
    timers = [entry["at"] - earlier["at"] for earlier, entry in pairwise(history) if entry["kind"] == "timer"]
    return Seen(results, runs["undo"].record, timers, before, lines(folder))


async def started_run(flow: AgentFlow, name: str) -> Any:
    agent = await flow.agents.create(name, model="offline:demo", tools=["bench.*"])
    await agent.register(plan(PLANS[name]))
    return await agent.start(id=name)


@asynccontextmanager
async def killed(engine: Engine) -> AsyncIterator[Any]:
    """A worker that is killed at the end."""
    worker = engine.worker()
    try:
        yield worker
    finally:
        worker.kill()


async def _at_rest(flow: AgentFlow) -> bool:
    found = {run.id: run.status for run in await flow.runs.list()}
    return found == {"step": "running", "sleep": "sleeping", "wait": "waiting", "undo": "running"}


@pytest.fixture(scope="module", params=ENGINES)
def seen(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """One crash for all of these tests."""
    folder = tmp_path_factory.mktemp("crash")
    return asyncio.run(crash(MADE[request.param](request, folder), folder))


def test_01_a_step_that_was_finished_before_the_crash_is_not_run_again(seen: Seen) -> None:
    assert [line["step"] for line in seen.before if line["run"] == "wait"] == ["note"]
    assert seen.calls("wait") == [("note", 1, 1)]
    assert seen.results["wait"] == [1, "second"]


def test_02_an_attempt_that_was_cut_off_is_counted_and_the_next_one_follows(seen: Seen) -> None:
    assert seen.calls("step") == [("hold", 1, "held"), ("hold", 2, "held"), ("note", 1, "held")]
    assert seen.results["step"] == "held"
    assert len({line["pid"] for line in seen.after if line["step"] == "hold"}) == 2


def test_03_a_sleep_ends_at_its_moment_without_a_call_from_outside(seen: Seen) -> None:
    first, second = [line["at"] for line in seen.after if line["run"] == "sleep"]
    assert seen.timers == [pytest.approx(1.5, abs=1e-3)]
    assert 1.5 <= second - first < 60.0  # by itself, and not at the end of a day
    assert seen.calls("sleep") == [("note", 1, 1), ("note", 1, 2)]


def test_04_a_run_that_waited_through_the_crash_takes_a_later_event_and_keeps_its_results(seen: Seen) -> None:
    assert seen.results["wait"] == [1, "second"]
    assert len([line for line in seen.after if line["run"] == "wait"]) == 1


def test_67_what_was_being_undone_in_the_crash_is_undone_after_it(seen: Seen) -> None:
    first, second = ("note", 1, 1), ("note", 1, 2)
    undo_second, undo_first = ["undone", 2], ["undone", 1]
    assert [line["value"] for line in seen.before if line["run"] == "undo"] == [1, 2, undo_second]
    assert seen.calls("undo") == [
        first,
        second,
        ("note", 1, undo_second),
        ("note", 2, undo_second),
        ("note", 1, undo_first),
    ]
    assert (seen.undone.status, seen.undone.error["message"]) == ("failed", "the cause")
    assert seen.undone.rollback["undone"] == ["note#2", "note#1"]
