"""A worker is killed at transactions of a run and after effects; Restate has another one carry the run on."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest

from ..crash.judge import judge_attempts, judge_effects, judge_interruptions, judge_story, once_lines
from ..crash.scene import RUN, chosen, two_at_a_time
from ..crash.shop import ORDER
from ..crash.test_run import Carried, Undisturbed, carried, played
from ..fakes import postgres
from ..fakes.restate import Server
from .fleet import Fleet

pytestmark = pytest.mark.xdist_group("restate")


class Course:
    """Fleets with the same run, whose databases are copies of one."""

    def __init__(self, server: Server, database: postgres.Server, folder: Path) -> None:
        self._server, self._database, self._folder = server, database, folder
        self._prepared = database.database()

    async def prepare(self) -> None:
        """An agent with a plan."""
        async with Fleet(self._folder, self._prepared, self._server).client() as flow:
            agent = await flow.agents.create("shop", model="offline:demo", tools=["shop.*"])
            await agent.register(ORDER)

    async def fleet(self, name: str) -> Fleet:
        """One more, with its run."""
        folder = self._folder / name
        folder.mkdir()
        fleet = Fleet(folder, self._database.database(self._prepared), self._server, RUN)
        async with fleet.client() as flow:
            await (await flow.agents.get("shop")).start({"item": "ball"}, id=RUN)
        return fleet


@pytest.fixture(scope="module")
def course(
    workers: None, server: Server, database_server: postgres.Server, tmp_path_factory: pytest.TempPathFactory
) -> Course:
    course = Course(server, database_server, tmp_path_factory.mktemp("course"))
    asyncio.run(course.prepare())
    return course


@pytest.fixture(scope="module")
def undisturbed(course: Course) -> Undisturbed:
    async def undisturbed() -> Undisturbed:
        fleet = await course.fleet("undisturbed")
        return await played(fleet, fleet.folder)

    return asyncio.run(undisturbed())


async def test_a_worker_killed_at_any_commit_or_after_any_effect(
    course: Course, undisturbed: Undisturbed, subtests: pytest.Subtests
) -> None:
    commits = chosen([(when, k) for when in ("before", "after") for k in range(1, len(undisturbed.trace) + 1)], 17)
    effects = chosen([("effect", k) for k in range(1, len(undisturbed.lines) + 1)], 5)
    points = [*commits, *effects]
    fleets = [await course.fleet(f"{when}{k}") for when, k in points]
    survived = await two_at_a_time(carried(fleet, *point) for point, fleet in zip(points, fleets, strict=True))
    for (when, k), came_of_it in zip(points, survived, strict=True):
        with subtests.test(f"{when} {k}"):
            judge(undisturbed, came_of_it())


def judge(known: Undisturbed, this: Carried) -> None:
    assert this.status == (-signal.SIGKILL, 0), this.scene.errors()
    assert this.result == known.result
    judge_effects(this.before, this.scene.ledger.lines())
    judge_interruptions(this.before, this.scene)
    judge_attempts(this.before, this.scene, known.attempts)
    judge_story(this.scene)
    assert once_lines(this.scene.ledger.lines()) == {"shop.pack": 1, "shop.pay": 1}
