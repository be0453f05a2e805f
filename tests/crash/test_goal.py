"""A worker is killed at every transaction of a goal; another carries the planning on and asks for no stored answer."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from .ledger import Line
from .scene import Scene, chosen, client, two_at_a_time, until_gone, with_goal

ANSWERS = (
    "SELECT number, model, prompt, tools, basis, cost, reply, source, started_at, ended_at FROM goal_attempts"
    " ORDER BY number"
)


@dataclass(frozen=True, slots=True)
class Carried:
    """A goal whose planning was interrupted and carried on."""

    scene: Scene
    status: tuple[int, int]
    asked: int
    """How many lines the ledger had when the first worker was dead."""
    answers: list[tuple[Any, ...]]
    """What was stored then."""


async def carried(scene: Scene, die: str, at: int) -> Carried:
    """Kill the first worker at this point, and let a second one go on."""
    try:
        killed = await until_gone(scene.worker(die, at))
        asked, answers = len(scene.ledger.lines()), scene.rows(ANSWERS)
        return Carried(scene, (killed, await until_gone(scene.worker())), asked, answers)
    finally:
        scene.end()


async def judge(this: Carried) -> None:
    """What was stored stayed as it was and was not asked for again; one plan and one run came of it."""
    scene, lines = this.scene, this.scene.ledger.lines()
    assert this.status == (-signal.SIGKILL, 0), scene.errors()
    answers = scene.rows(ANSWERS)
    assert answers[: len(this.answers)] == this.answers
    assert [number for number, *_ in answers] == [1, 2]
    asked_again = {line.result for line in lines[this.asked :] if line.tool == "model"}
    assert not asked_again & {number for number, *_ in this.answers}
    async with client(scene.folder) as flow:
        goal = (await flow.goals.get(scene.id)).record
        assert (goal.status, goal.version, goal.run) == ("started", 1, (await flow.runs.list())[0].id)
        assert [bool(attempt.findings) for attempt in goal.attempts] == [True, False]
        assert ["/own" in attempt.model for attempt in goal.attempts] == [True, False]
        assert goal.basis == goal.attempts[-1].basis is not None
        assert [run.result for run in await flow.runs.list()] == [4]
    assert scene.rows("SELECT DISTINCT worker, wake_at FROM work") == [(None, None)]
    assert scene.rows("SELECT * FROM attempts WHERE ended_at IS NULL") == []
    assert scene.rows("SELECT * FROM inbox") == scene.rows("SELECT * FROM workers") == []
    assert scene.errors() == ""
    async with client(scene.folder) as flow:
        again = await (await flow.agents.get("shop")).submit("Look twice.")
        assert (again.status, again.record.reused) == ("started", scene.id)


def asked_once(lines: list[Line]) -> list[int]:
    """The numbers of the answers that the model was asked for, in order."""
    return [line.result for line in lines if line.tool == "model"]


async def test_a_worker_killed_while_it_plans(tmp_path: Path, subtests: pytest.Subtests) -> None:
    """Before and after every commit, and between an answer and the commit that stores it."""
    (tmp_path / "prepared").mkdir()
    prepared, id = await with_goal(tmp_path / "prepared")
    calm = Scene(prepared, tmp_path / "undisturbed", id)
    assert await until_gone(calm.worker()) == 0, calm.errors()
    assert asked_once(calm.ledger.lines()) == [1, 2]
    commits = [*enumerate(calm.trace(), 1)]
    points = [("before", k, about) for k, about in chosen(commits, 4)]
    points += [("after", k, about) for k, about in chosen(commits, 4, first=1)]
    points += [("effect", k, line.step) for k, line in enumerate(calm.ledger.lines(), 1)]
    scenes = [Scene(prepared, tmp_path / f"{when}-{k}", id) for when, k, _ in points]
    survived = await two_at_a_time(carried(scene, *point[:2]) for scene, point in zip(scenes, points, strict=True))
    for (when, k, about), came_of_it in zip(points, survived, strict=True):
        with subtests.test(f"{when} {k}: {about}"):
            await judge(came_of_it())
