"""The stage of a crash: a database with something to do, workers as processes, and the people outside."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from agentflow import AgentFlow
from agentflow.app import ApprovalHandle, RunHandle

from ..fakes.waiting import until
from . import nursery
from .ledger import Ledger
from .nursery import Worker
from .orders import Orders
from .shop import ONCE, RIGHT, WRONG, shop

RUN = "run_crash"
NIGHTLY = os.environ.get("AGENTFLOW_HYPOTHESIS") == "nightly"
T = TypeVar("T")


async def with_run(folder: Path, source: str) -> Path:
    """A folder with a database in which a run of this plan is queued."""
    async with client(folder) as flow:
        agent = await flow.agents.create("shop", model="offline:demo", tools=["shop.*"])
        await agent.register(source)
        await agent.start({"item": "ball"}, id=RUN)
    return folder


async def with_goal(folder: Path) -> tuple[Path, str]:
    """A folder with a database in which a goal waits to be planned, and the goal's id.

    The second and last answer, which is right, is that of another model.
    """
    for name, answer in (("own", WRONG), ("other", RIGHT)):
        (folder / name).mkdir()
        (folder / name / "1.md").write_text(answer, encoding="utf-8")
    own, other = (f"offline:{folder / name}" for name in ("own", "other"))
    async with client(folder) as flow:
        agent = await flow.agents.create("shop", model=own, tools=["shop.*"], repairs=1, fallback_model=other)
        goal = await agent.submit("Look twice.")
    return folder, goal.id


@asynccontextmanager
async def client(folder: Path) -> AsyncIterator[AgentFlow]:
    """Somebody who reads and posts and is no worker."""
    tools = shop(Ledger(folder / "ledger"), folder / "gate")
    async with AgentFlow(folder / "db", tools=tools, worker=False) as flow:
        yield flow


class Scene:
    """One copy of a prepared folder, and what happens in it."""

    def __init__(self, prepared: Path, folder: Path, id: str = RUN) -> None:
        self.folder = Path(shutil.copytree(prepared, folder))
        self.id = id
        self.ledger = Ledger(folder / "ledger")
        self.workers: list[Worker] = []

    def worker(self, die: str | None = None, at: int = 0, **more: Any) -> Worker:
        """A new worker process, which ends with the run."""
        with (self.folder / "errors").open("ab") as errors:
            worker = nursery.worker(Orders(str(self.folder), self.id, die, at, **more), errors)
        self.workers.append(worker)
        return worker

    def client(self) -> AbstractAsyncContextManager[AgentFlow]:
        """Somebody who reads and posts and is no worker."""
        return client(self.folder)

    def end(self) -> None:
        """Leave no process behind."""
        for child in self.workers:
            child.kill()
            child.wait()

    def errors(self) -> str:
        """What the workers complained of."""
        return (self.folder / "errors").read_text(encoding="utf-8")

    def trace(self) -> list[str]:
        """What the transactions of the workers were about."""
        return (self.folder / "trace").read_text(encoding="utf-8").splitlines()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What stands in the database."""
        connection = sqlite3.connect(self.folder / "db")
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()

    def claimed(self) -> list[str]:
        """The runs and goals that somebody works on."""
        return [id for (id,) in self.rows("SELECT id FROM work WHERE worker IS NOT NULL")]


def chosen(points: Sequence[T], every: int, first: int = 0) -> Sequence[T]:
    """All of them in `make nightly`, else every so-manyth: each costs two processes."""
    return points if NIGHTLY else points[first::every]


async def two_at_a_time(works: Iterable[Coroutine[Any, Any, T]]) -> list[Callable[[], T]]:
    """Do all of it, two at a time; for each, a function that gives what came of it, or raises it."""
    room = asyncio.Semaphore(2)

    async def done(work: Coroutine[Any, Any, T]) -> Callable[[], T]:
        async with room:
            task = asyncio.ensure_future(work)
            await asyncio.wait([task])
            return task.result

    return await asyncio.gather(*map(done, works))


async def until_gone(child: Worker) -> int:
    """Wait for a process; its exit status."""
    await until(lambda: child.poll() is not None)
    return child.wait()


class People:
    """Those outside: they agree, they look up in the ledger what happened, and they send the event once."""

    def __init__(self, scene: Scene, *, believe: bool = True) -> None:
        self._scene = scene
        self._believe = believe
        self._sent = False

    async def attend(self, flow: AgentFlow, child: Worker) -> int:
        """Do what the run waits for, once it is at rest, until the worker is gone; its exit status."""
        run = await flow.runs.get(self._scene.id)
        async with asyncio.timeout(60):
            while (status := child.poll()) is None:
                if (await run.refresh()).status == "waiting" and not self._scene.claimed():
                    await self._answer(flow, run, [wait["for"] for wait in run.record.reason["waits"]])
                await asyncio.sleep(0.01)
        return status

    async def _answer(self, flow: AgentFlow, run: RunHandle, waits: list[str]) -> None:
        for approval in await flow.approvals.pending():
            await self._decide(approval)
        if waits == ["event"] and not self._sent:
            self._sent = True
            await run.send("word", {"said": "go"})

    async def _decide(self, approval: ApprovalHandle) -> None:
        if approval.record.kind == "call":
            await approval.approve("fine")
            return
        name = approval.record.step.partition("#")[0]
        seen = [line for line in self._scene.ledger.lines() if line.step == name and line.tool in ONCE]
        if seen and self._believe:
            await approval.happened(seen[-1].result)
        else:
            await approval.not_happened()
