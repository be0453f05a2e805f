"""A worker is killed at a commit of a run that undoes, races, hands over, begins anew; another brings the same end."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from agentflow import AgentFlow

from .features import FEATURES, HELPER, Feature
from .nursery import Worker
from .scene import RUN, People, Scene, chosen, client, two_at_a_time
from .shop import ONCE


@dataclass(frozen=True, slots=True)
class End:
    """How a run ended, and all that was done for it."""

    status: str
    result: Any
    error: Any
    rollback: Any
    steps: tuple[tuple[str, str], ...]
    """Keys and states, of the last generation."""
    effects: frozenset[tuple[str, str]]
    """Idempotency keys and results."""


class Outsiders(People):
    """People, who also do to the run what its feature is about."""

    def __init__(self, scene: Scene, feature: Feature) -> None:
        super().__init__(scene)
        self._feature = feature
        self._acted: set[tuple[int, str]] = set()

    async def attend(self, flow: AgentFlow, child: Worker) -> int:
        """Until the worker is gone; its exit status."""
        run = await flow.runs.get(RUN)
        async with asyncio.timeout(60):
            while (status := child.poll()) is None:
                record = await run.refresh()
                for approval in await flow.approvals.pending():
                    await self._decide(approval)
                waits = [wait["step"] for wait in (record.reason or {}).get("waits", ()) if wait["for"] == "event"]
                act = (record.generation, *waits)
                if act[1:] == ("word#1",) and not self._scene.claimed() and act not in self._acted:
                    self._acted.add(act)
                    await self._feature.when_it_waits(flow, run)
                await asyncio.sleep(0.01)
        return status


async def prepared(feature: Feature, folder: Path) -> Path:
    """A folder with a database in which a run of the feature is queued."""
    async with client(folder) as flow:
        helper = await flow.agents.create("helper", model="offline:demo", tools=["shop.*"])
        await helper.register(HELPER)
        agent = await flow.agents.create("shop", model="offline:demo", tools=["shop.*"], agents=["helper"])
        await agent.register(feature.plan)
        await agent.start({"item": "ball"}, id=RUN)
    return folder


async def end(flow: AgentFlow, scene: Scene) -> End:
    """Look at everything. No attempt has two outcomes, and nothing is left behind."""
    run = await flow.runs.get(RUN)
    record, lines = run.record, scene.ledger.lines()
    outcomes = scene.rows("SELECT run, generation, key FROM history WHERE kind = 'outcome'")
    assert len(set(outcomes)) == len(outcomes)
    assert max(Counter((line.key, line.attempt) for line in lines if line.tool != "shop.price").values()) == 1
    assert scene.rows("SELECT id FROM work WHERE worker IS NOT NULL OR wake_at IS NOT NULL") == []
    assert scene.rows("SELECT id FROM workers") == scene.rows("SELECT id FROM inbox WHERE kind <> 'event'") == []
    assert scene.rows("SELECT id FROM approvals WHERE status = 'pending'") == []
    steps = tuple((step.key, step.state) for step in await run.steps())
    effects = frozenset((line.key, str(line.result)) for line in lines)
    return End(record.status, record.result, record.error, record.rollback, steps, effects)


async def carried(feature: Feature, scene: Scene, die: str, at: int) -> tuple[End, Counter[str]]:
    """Kill the first worker at this point, and let a second one end the run."""
    people = Outsiders(scene, feature)
    try:
        async with client(scene.folder) as flow:
            await people.attend(flow, scene.worker(die, at))
            await people.attend(flow, scene.worker())
            return await end(flow, scene), Counter(line.tool for line in scene.ledger.lines() if line.tool in ONCE)
    finally:
        scene.end()


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
async def test_a_worker_killed_at_a_commit(feature: Feature, tmp_path: Path, subtests: pytest.Subtests) -> None:
    """The end, the states of steps, what was undone and every key are those of the run that nobody disturbed."""
    (tmp_path / "prepared").mkdir()
    ready = await prepared(feature, tmp_path / "prepared")
    calm = Scene(ready, tmp_path / "calm")
    known, once = await carried(feature, calm, "never", 0)
    assert known.status == feature.status
    commits = [*enumerate(calm.trace(), 1)]
    points = [("before", *at) for at in chosen(commits, 12, first=3)]
    points += [("after", *at) for at in chosen(commits, 12, first=9)]
    scenes = [Scene(ready, tmp_path / f"{when}-{k}") for when, k, _ in points]
    survived = await two_at_a_time(
        carried(feature, scene, when, k) for scene, (when, k, _) in zip(scenes, points, strict=True)
    )
    for (when, k, about), came_of_it in zip(points, survived, strict=True):
        with subtests.test(f"{when} commit {k}: {about}"):
            assert came_of_it() == (known, once)
