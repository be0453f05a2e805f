"""A worker is killed at every transaction of a run and after every effect; another carries the run on."""

from __future__ import annotations

import asyncio
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from .judge import (
    Moment,
    judge_attempts,
    judge_effects,
    judge_interruptions,
    judge_rest,
    moment,
    once_lines,
    standing,
)
from .ledger import Line
from .scene import People, Scene, chosen, client, two_at_a_time, with_run
from .shop import ORDER


@dataclass(frozen=True, slots=True)
class Undisturbed:
    """The run without a crash: what every other one is measured by."""

    prepared: Path
    trace: list[str]
    lines: list[Line]
    result: Any
    attempts: dict[str, int]


@dataclass(frozen=True, slots=True)
class Carried:
    """A run that was interrupted and carried on."""

    scene: Scene
    before: Moment
    status: tuple[int, int]
    result: Any
    attempts: dict[str, int]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    return asyncio.run(_undisturbed(tmp_path_factory.mktemp("order")))


async def _undisturbed(folder: Path) -> Undisturbed:
    (folder / "prepared").mkdir()
    prepared = await with_run(folder / "prepared", ORDER)
    return await played(Scene(prepared, folder / "undisturbed"), prepared)


async def played(scene: Scene, prepared: Path) -> Undisturbed:
    """Without a crash."""
    async with scene.client() as flow:
        assert await People(scene).attend(flow, scene.worker()) == 0
        result, attempts = await standing(flow)
    judge_rest(scene)
    return Undisturbed(prepared, scene.trace(), scene.ledger.lines(), result, attempts)


async def carried(scene: Scene, die: str, at: int, *, believe: bool = True) -> Carried:
    """Kill the first worker at this point, and let a second one end the run."""
    people = People(scene, believe=believe)
    try:
        async with scene.client() as flow:
            killed = await people.attend(flow, scene.worker(die, at))
            before = await moment(flow, scene)
            ended = await people.attend(flow, scene.worker())
            return Carried(scene, before, (killed, ended), *await standing(flow))
    finally:
        scene.end()


def judge(known: Undisturbed, this: Carried) -> None:
    assert this.status == (-signal.SIGKILL, 0), this.scene.errors()
    assert this.result == known.result
    judge_effects(this.before, this.scene.ledger.lines())
    judge_interruptions(this.before, this.scene)
    judge_attempts(this.before, this.scene, known.attempts)
    judge_rest(this.scene)


@pytest.mark.parametrize(("when", "first"), [("before", 0), ("after", 3)])
async def test_a_worker_killed_at_any_commit(
    when: str, first: int, undisturbed: Undisturbed, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    """SIGKILL between the statements and COMMIT, or between COMMIT and anybody's knowing of it."""
    points = chosen(range(1, len(undisturbed.trace) + 1), 7, first)
    scenes = [Scene(undisturbed.prepared, tmp_path / str(k)) for k in points]
    survived = await two_at_a_time(carried(scene, when, k) for k, scene in zip(points, scenes, strict=True))
    for k, came_of_it in zip(points, survived, strict=True):
        with subtests.test(f"{when} commit {k}: {undisturbed.trace[k - 1]}"):
            this = came_of_it()
            judge(undisturbed, this)
            assert once_lines(this.scene.ledger.lines()) == {"shop.pack": 1, "shop.pay": 1}


@pytest.mark.parametrize("believe", [True, False], ids=["it-happened", "it-did-not"])
async def test_a_worker_killed_between_an_effect_and_its_commit(
    believe: bool, undisturbed: Undisturbed, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    """What may be repeated is, under its key; what may not waits for a person, who says what happened."""
    possible = [k for k, line in enumerate(undisturbed.lines, 1) if believe or line.tool in once_lines([line])]
    points = chosen(possible, 3 if believe else 1)
    scenes = [Scene(undisturbed.prepared, tmp_path / str(k)) for k in points]
    survived = await two_at_a_time(
        carried(scene, "effect", k, believe=believe) for k, scene in zip(points, scenes, strict=True)
    )
    for k, came_of_it in zip(points, survived, strict=True):
        line = undisturbed.lines[k - 1]
        with subtests.test(f"after effect {k}: {line.tool} of {line.step}, attempt {line.attempt}"):
            this = came_of_it()
            judge(undisturbed, this)
            again = 1 if believe else 2
            assert once_lines(this.scene.ledger.lines()).get(line.tool, again) == again


async def test_a_run_outlives_many_workers(undisturbed: Undisturbed, tmp_path: Path) -> None:
    """Each dies right after its sixth commit, until one comes to the end before that."""
    scene = Scene(undisturbed.prepared, tmp_path / "many")
    people, dead = People(scene), 0
    try:
        async with client(scene.folder) as flow:
            while await people.attend(flow, scene.worker("after", 6)) == -signal.SIGKILL:
                dead += 1
            assert (await standing(flow))[0] == undisturbed.result
    finally:
        scene.end()
    assert dead >= 3
    judge_rest(scene)
    lines = scene.ledger.lines()
    assert len({(line.tool, line.step, line.attempt, line.key) for line in lines}) == len(lines)
    assert once_lines(lines) == {"shop.pack": 1, "shop.pay": 1}


async def test_a_disk_that_is_full_for_a_while(
    undisturbed: Undisturbed, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    """Two commits in a row fail, whichever is the first of them; the worker goes on by itself and repeats nothing."""
    points = chosen(range(2, len(undisturbed.trace) - 2), 6)
    scenes = [Scene(undisturbed.prepared, tmp_path / str(k)) for k in points]
    survived = await two_at_a_time(pulled_through(scene, k) for k, scene in zip(points, scenes, strict=True))
    for k, scene, came_of_it in zip(points, scenes, survived, strict=True):
        with subtests.test(f"from commit {k}: {undisturbed.trace[k - 1]}"):
            assert came_of_it() == undisturbed.result
            assert once_lines(scene.ledger.lines()) == {"shop.pack": 1, "shop.pay": 1}


async def pulled_through(scene: Scene, at: int) -> Any:
    try:
        async with client(scene.folder) as flow:
            assert await People(scene).attend(flow, scene.worker("full", at, look=0.05)) == 0, scene.errors()
            return (await standing(flow))[0]
    finally:
        scene.end()
