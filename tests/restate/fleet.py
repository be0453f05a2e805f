"""A database on a server, a server of Restate, and workers that share an address: each a process of its own."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import psycopg

from agentflow import AgentFlow
from agentflow.app import AgentHandle, RunHandle
from agentflow.settings import Settings

from ..crash import nursery
from ..crash.ledger import Ledger, Line
from ..crash.nursery import Worker
from ..crash.orders import Orders
from ..crash.scene import Scene
from ..crash.shop import shop
from ..fakes.restate import PATIENCE, Server
from ..fakes.waiting import until

RESTING = '''
from agentflow import Workflow, tools


class Resting(Workflow):
    """Look, rest, wait for a word, label."""

    async def run(self, event, step):
        stock = await step.do("look", tools.shop.look(item="ball"))
        await step.sleep("rest", event.payload["rest"])
        word = await step.wait_for_event("word", "word")
        return [stock, await step.do("label", tools.shop.label(side=word.payload))]
'''


class Fleet(Scene):
    """What many machines would be, on one. `id`: what its workers carry to its end, if they do not work for `ever`."""

    def __init__(self, folder: Path, db: str, server: Server, id: str = "ever") -> None:
        self.folder, self.id, self.db = folder, id, db
        self.ledger, self.workers = Ledger(folder / "ledger"), list[Worker]()
        self.engine = server.engine()

    def worker(self, die: str | None = None, at: int = 0, **more: Any) -> Worker:
        """Another one. It is killed at last, if it does not come to an end before."""
        orders = Orders(str(self.folder), self.id, die, at, db=self.db, engine=self.engine.model_dump(), **more)
        with (self.folder / "errors").open("ab") as errors:
            worker = nursery.worker(orders, errors)
        self.workers.append(worker)
        return worker

    async def ready(self) -> None:
        """Wait until Restate knows where the workers are."""
        async with httpx2.AsyncClient(timeout=PATIENCE) as client:

            async def known() -> bool:
                return (await client.get(f"{self.engine.admin}/services/{self.engine.service}")).is_success

            await until(known)

    @asynccontextmanager
    async def client(self) -> AsyncIterator[AgentFlow]:
        """Somebody who reads and posts and is no worker."""
        settings = Settings(engine=self.engine)
        tools = shop(self.ledger, self.folder / "gate")
        async with AgentFlow(self.db, tools=tools, settings=settings, worker=False) as flow:
            yield flow

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.db, autocommit=True) as connection:
            return connection.execute(query.encode()).fetchall()

    async def rest(self, runs: int, *statuses: str, seconds: float = 60) -> None:
        """Wait until so many runs have one of these statuses, and nobody works on them.

        Without one: they sleep, or have slept, where the machine is so slow that not all of them sleep at one moment.
        """
        known = ", ".join(f"'{status}'" for status in statuses or ("sleeping", "waiting"))
        query = f"SELECT COUNT(*) FROM runs JOIN work USING (id) WHERE status IN ({known}) AND worker IS NULL"
        await until(lambda: self.rows(query) == [(runs,)], seconds)

    async def until(self, condition: Callable[[list[Line]], object]) -> list[Line]:
        """Wait until what the tools have done fulfils this; all that they have done."""
        await until(lambda: condition(self.ledger.lines()))
        return self.ledger.lines()


async def resting(flow: AgentFlow, count: int, rest: float) -> Sequence[RunHandle]:
    """Runs that look, and then rest for so many seconds."""
    agent = await flow.agents.create("resting", model="offline:demo", tools=["shop.*"])
    await agent.register(RESTING)
    return await started(agent, range(count), rest)


async def started(agent: AgentHandle, numbers: range, rest: float) -> Sequence[RunHandle]:
    """The runs of these numbers."""
    return await agent.start_many([{"id": f"run_{n}", "payload": {"rest": rest}} for n in numbers])


async def finish(runs: Sequence[RunHandle]) -> None:
    """Say the word to all, and see the right result of each."""
    async with asyncio.timeout(60):
        for run in runs:
            await run.send("word", run.id)
        for run in runs:
            assert await run.result() == [4, run.id]


def judge(lines: Sequence[Line], runs: int, *, twice: int = 0) -> None:
    """Each step of these runs was done, and once; but for so many that were in the hands of somebody who died."""
    done = Counter(line.key for line in lines)
    assert len(done) == 2 * runs
    assert sum(done.values()) <= 2 * runs + twice
