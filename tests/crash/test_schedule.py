"""A worker is killed at a commit of a schedule whose time comes; another starts the one run that it starts."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from .scene import Scene, chosen, client, two_at_a_time, until_gone

LOOKING = '''
from agentflow import Workflow, tools


class Looking(Workflow):
    """Look."""

    async def run(self, event, step):
        return await step.do("look", tools.shop.look(item=event.payload["item"]))
'''
SOON = 1.0


async def prepared(folder: Path) -> Path:
    """A database with a schedule that starts one run, soon; when it is copied late, that time is a missed one."""
    async with client(folder) as flow:
        agent = await flow.agents.create("shop", model="offline:demo", tools=["shop.*"])
        await agent.register(LOOKING)
        await agent.schedule("soon", at=time.time() + SOON, payload={"item": "ball"}, missed="once")
    return folder


async def carried(scene: Scene, die: str, at: int) -> int:
    """Kill the first worker at this point, and let a second one go on; the first one's exit status."""
    try:
        killed = await until_gone(scene.worker(die, at))
        assert await until_gone(scene.worker()) == 0, scene.errors()
        return killed
    finally:
        scene.end()


def judge(scene: Scene) -> None:
    """One run, which came to its end, and a schedule that has no further time."""
    assert scene.rows("SELECT status, result FROM runs") == [("completed", "4")]
    assert scene.rows("SELECT next_at FROM schedules") == [(None,)]
    assert [line.step for line in scene.ledger.lines() if line.attempt == 1] == ["look"]
    assert scene.rows("SELECT id FROM work WHERE worker IS NOT NULL OR wake_at IS NOT NULL") == []
    assert scene.rows("SELECT id FROM inbox") == scene.rows("SELECT id FROM workers") == []


async def test_a_time_starts_one_run_whenever_the_worker_dies(tmp_path: Path, subtests: pytest.Subtests) -> None:
    (tmp_path / "prepared").mkdir()
    ready = await prepared(tmp_path / "prepared")
    calm = Scene(ready, tmp_path / "calm", "all")
    await carried(calm, "never", 0)
    judge(calm)
    commits = [*enumerate(calm.trace(), 1)]
    started = next(k for k, about in commits if "insert_run" in about)
    near = [(k, about) for k, about in commits if started - 1 <= k <= started + 2]
    points = [(when, *at) for when in ("before", "after") for at in chosen(near, 4)]
    scenes = [Scene(ready, tmp_path / f"{when}-{k}", "all") for when, k, _ in points]
    survived = await two_at_a_time(carried(scene, *point[:2]) for scene, point in zip(scenes, points, strict=True))
    for (when, k, about), scene, came_of_it in zip(points, scenes, survived, strict=True):
        with subtests.test(f"{when} commit {k}: {about}"):
            assert came_of_it() == -signal.SIGKILL
            judge(scene)
