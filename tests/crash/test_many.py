"""Two workers on one database, and one of them is killed again and again while many runs come to their end."""

from __future__ import annotations

import json
import signal
from collections import Counter
from functools import partial
from pathlib import Path

from ..fakes.waiting import until
from .nursery import Worker
from .scene import NIGHTLY, Scene, client, until_gone

RUNS = 200 if NIGHTLY else 60
HURRY = '''
from agentflow import Workflow, tools


class Hurry(Workflow):
    """Look here and there."""

    async def run(self, event, step):
        n = event.payload["n"]
        first = await step.do("first", tools.shop.look(item="x" * n))
        left, right = await step.gather(
            step.do("left", tools.shop.look(item="left")), step.do("right", tools.shop.look(item="right"))
        )
        for _ in range(6):
            await step.sleep("rest", 0.8)
            last = await step.do("last", tools.shop.look(item="y" * n))
        return [first, left, right, last]
'''


async def test_many_runs_finish_while_workers_die(tmp_path: Path) -> None:
    """Every run has its own right result, every attempt one outcome, every begun attempt its number."""
    (tmp_path / "prepared").mkdir()
    async with client(tmp_path / "prepared") as flow:
        agent = await flow.agents.create("shop", model="offline:demo", tools=["shop.*"])
        await agent.register(HURRY)
        for n in range(RUNS):
            await agent.start({"n": n}, id=f"run_{n}")
    scene = Scene(tmp_path / "prepared", tmp_path / "scene", "all")
    try:
        steady, killed = scene.worker(), 0
        while steady.poll() is None:
            victim = scene.worker()
            await until(partial(works_or_is_gone, scene, victim))
            victim.kill()
            killed += await until_gone(victim) == -signal.SIGKILL
        assert steady.returncode == 0, scene.errors()
    finally:
        scene.end()
    assert killed >= 2
    judge(scene)


def works_or_is_gone(scene: Scene, worker: Worker) -> bool:
    """Whether a worker has a run in its hands, or has come to the end of all."""
    claims = "SELECT pid FROM work JOIN workers ON workers.id = work.worker"
    return worker.poll() is not None or (worker.pid,) in scene.rows(claims)


def judge(scene: Scene) -> None:
    runs = scene.rows("SELECT id, status, result FROM runs")
    ended = {id: (status, json.loads(result)) for id, status, result in runs}
    assert ended == {f"run_{n}": ("completed", [n, 4, 5, n]) for n in range(RUNS)}
    history = scene.rows("SELECT run, key, body FROM history WHERE kind = 'outcome'")
    assert max(Counter((run, key) for run, key, _ in history).values()) == 1
    attempts = scene.rows("SELECT id, key, ended_at IS NOT NULL FROM attempts")
    assert {(id, key) for id, key, _ in attempts} == {(run, key) for run, key, _ in history}
    assert all(ended for *_, ended in attempts)
    done = Counter((run, key.rpartition(":")[0]) for run, key, body in history if '"ok"' in body)
    assert set(done.values()) == {1}
    assert len(done) == 9 * RUNS
    lines = Counter((line.key, line.attempt) for line in scene.ledger.lines())
    assert max(lines.values()) == 1
    assert scene.rows("SELECT id FROM work WHERE worker IS NOT NULL OR wake_at IS NOT NULL") == []
