"""Workers that meet: one dies, sleeps through the loss of its claim, or is told to go, in the middle of a step."""

from __future__ import annotations

import os
import signal
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from agentflow import AgentFlow
from agentflow.store import Store, Write

from ..fakes.waiting import until
from .scene import RUN, Scene, client, until_gone, with_run
from .shop import HELD


@pytest.fixture
async def prepared(tmp_path: Path) -> Path:
    (tmp_path / "prepared").mkdir()
    return await with_run(tmp_path / "prepared", HELD)


@pytest.fixture
def scene(prepared: Path, tmp_path: Path) -> Iterator[Scene]:
    scene = Scene(prepared, tmp_path / "scene")
    yield scene
    scene.end()


def holding(scene: Scene) -> list[int]:
    """The processes that hold, or held, the step, in order."""
    return [line.pid for line in scene.ledger.lines() if line.tool == "shop.hold"]


def keys(scene: Scene) -> set[str]:
    """The idempotency keys under which the step was held."""
    return {line.key for line in scene.ledger.lines() if line.tool == "shop.hold"}


def story(scene: Scene) -> list[tuple[object, ...]]:
    """All that is stored of the run."""
    return [
        row
        for table in ("history", "commands", "runs", "work", "attempts")
        for row in scene.rows(f"SELECT * FROM {table}")
    ]


async def test_another_worker_takes_over_from_one_that_is_killed(scene: Scene) -> None:
    """It waits for no lease: the kernel frees the dead one's lock. The second attempt has the key of the first."""
    workers = {child.pid: child for child in (scene.worker(), scene.worker())}
    await until(lambda: holding(scene))
    [dead] = holding(scene)
    os.kill(dead, signal.SIGKILL)
    other = next(child for pid, child in workers.items() if pid != dead)
    assert await until_gone(other) == 0
    assert holding(scene) == [dead, other.pid]
    assert len(keys(scene)) == 1
    assert [line.attempt for line in scene.ledger.lines()] == [1, 1, 2]
    assert scene.rows("SELECT status, result FROM runs") == [("completed", "4")]
    assert scene.rows("SELECT * FROM workers") == []


async def freed(flow: AgentFlow, scene: Scene) -> None:
    """Take the claim away, as somebody would who takes the worker for dead."""
    [[worker]] = scene.rows("SELECT worker FROM work")
    store = await Store.open(scene.folder / "db")
    await store.write([Write("take_over", {"worker": worker, "now": 0.0})])
    await store.close()


async def restarted(flow: AgentFlow, scene: Scene) -> None:
    """Begin anew, whoever works on it."""
    await (await flow.runs.get(RUN)).restart()


@pytest.mark.parametrize(("lose", "generation"), [(freed, 1), (restarted, 2)])
async def test_a_worker_that_slept_through_the_loss_of_its_claim_is_refused(
    lose: Callable[[AgentFlow, Scene], Awaitable[None]], generation: int, scene: Scene
) -> None:
    """Its epoch alone refuses it, for it does not look whether the claim is still its own. The run has one outcome."""
    sleeper = scene.worker(look=3600)
    await until(lambda: holding(scene))
    os.kill(sleeper.pid, signal.SIGSTOP)
    async with client(scene.folder) as flow:
        await lose(flow, scene)
        assert await until_gone(scene.worker()) == 0
        before = story(scene)
        assert "refused" not in scene.trace()
        (scene.folder / "gate").touch()
        os.kill(sleeper.pid, signal.SIGCONT)
        assert await until_gone(sleeper) == 0
    assert "refused" in scene.trace()
    assert story(scene) == before
    assert scene.rows("SELECT status, result, generation FROM runs") == [("completed", "4", generation)]
    assert len(keys(scene)) == generation
    assert scene.errors() == ""


async def test_a_worker_that_slept_through_the_deletion_of_its_run_leaves_nothing_behind(scene: Scene) -> None:
    """What was deleted stays so, whatever the attempt says that was in flight."""
    sleeper = scene.worker(look=3600)
    await until(lambda: holding(scene))
    os.kill(sleeper.pid, signal.SIGSTOP)
    async with client(scene.folder) as flow:
        await (await flow.runs.get(RUN)).delete()
    (scene.folder / "gate").touch()
    os.kill(sleeper.pid, signal.SIGCONT)
    await until_gone(sleeper)
    assert "refused" in scene.trace()
    assert story(scene) == []


async def test_a_worker_that_is_told_to_go_lets_the_attempt_finish_and_keeps_its_outcome(scene: Scene) -> None:
    """The claim is returned at once, and whoever comes next begins where the attempt ended."""
    leaving = scene.worker()
    await until(lambda: holding(scene))
    leaving.terminate()
    await until((scene.folder / "leaving").exists)
    (scene.folder / "gate").touch()
    assert await until_gone(leaving) == 0
    assert scene.claimed() == []
    assert scene.rows("SELECT kind, key FROM inbox") == [("outcome", "hold#1:1")]
    assert scene.rows("SELECT * FROM workers") == []
    assert await until_gone(scene.worker()) == 0
    assert holding(scene) == [leaving.pid]
    assert scene.rows("SELECT status, result FROM runs") == [("completed", "4")]
    assert scene.errors() == ""
