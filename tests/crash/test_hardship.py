"""A disk that is full, a database that somebody else holds, a clock that jumps: the worker goes on without a hand."""

from __future__ import annotations

import asyncio
import resource
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ..fakes.waiting import until
from .judge import judge_rest, once_lines, standing
from .scene import People, Scene, client, with_run
from .shop import ORDER

RESULT = {
    "parcel": "parcel 3",
    "labels": ["left", "right"],
    "by": ["local"],
    "receipt": "paid 40",
    "word": {"said": "go"},
}


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    (tmp_path / "prepared").mkdir()
    scene = Scene(await with_run(tmp_path / "prepared", ORDER), tmp_path / "scene")
    yield scene
    scene.end()


async def judge(scene: Scene) -> None:
    """Everything was done, what may happen once happened once, and no attempt has two outcomes."""
    async with client(scene.folder) as flow:
        result, _ = await standing(flow)
    assert result == RESULT
    assert once_lines(scene.ledger.lines()) == {"shop.pack": 1, "shop.pay": 1}
    outcomes = [key for (key,) in scene.rows("SELECT key FROM history WHERE kind = 'outcome'")]
    assert len(set(outcomes)) == len(outcomes)


async def test_a_disk_that_is_full_until_somebody_makes_room(scene: Scene) -> None:
    """The kernel refuses to let any file of the worker grow; it says so in one line each time, and goes on later."""
    worker = scene.worker(look=0.05)
    resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (48 * 1024, resource.RLIM_INFINITY))

    async def make_room() -> None:
        await until(lambda: "cannot be written" in scene.errors())
        resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    async with client(scene.folder) as flow:
        making = asyncio.create_task(make_room())
        assert await People(scene).attend(flow, worker) == 0, scene.errors()
        await making
    await judge(scene)
    assert "nothing of this was stored" in scene.errors()


@asynccontextmanager
async def held(scene: Scene, seconds: float) -> AsyncIterator[None]:
    """Somebody else writes into the database, so long."""
    connection = sqlite3.connect(scene.folder / "db", isolation_level=None, check_same_thread=False)
    connection.execute("BEGIN IMMEDIATE")

    async def let_go() -> None:
        await asyncio.sleep(seconds)
        connection.execute("ROLLBACK")
        connection.close()

    letting = asyncio.create_task(let_go())
    yield
    await letting


@pytest.mark.parametrize(("patience", "said"), [(30.0, False), (0.2, True)], ids=["patient", "impatient"])
async def test_a_database_that_another_program_holds(scene: Scene, patience: float, said: bool) -> None:
    """For less long than the worker waits: nobody notices. For longer: it says so, and goes on when it can."""
    async with client(scene.folder) as flow:
        worker = scene.worker(look=0.05, patience=patience)
        await until(scene.ledger.lines)
        async with held(scene, 2.0):
            assert await People(scene).attend(flow, worker) == 0, scene.errors()
    await judge(scene)
    assert ("cannot be written: database is locked" in scene.errors()) is said
    if not said:
        judge_rest(scene)


async def test_a_clock_that_jumps_back_and_forth_by_hours(scene: Scene) -> None:
    async with client(scene.folder) as flow:
        assert await People(scene).attend(flow, scene.worker(look=0.05, leap=7_200.0)) == 0, scene.errors()
    await judge(scene)
