"""An open AgentFlow with agents that run the measured plans, and a ledger of every call that reached the tool."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path

from agentflow.app import AgentFlow, AgentHandle
from agentflow.records import Json
from agentflow.settings import Limits, Settings
from agentflow.tools import Tool, ToolContext, tool

HUNDRED = "x" * 100
"""What a step returns."""

STEPS = '''from agentflow import Workflow, tools


class Plan(Workflow):
    """So many steps, one after the other."""

    async def run(self, event, step):
        for number in range(event.payload["steps"]):
            await step.do("work", tools.bench.work(number=number))
'''

WAITS = '''from agentflow import Workflow, tools


class Plan(Workflow):
    """A step for every event."""

    async def run(self, event, step):
        for number in range(event.payload["steps"]):
            await step.wait_for_event("go", "go", timeout="30 days")
            await step.do("work", tools.bench.work(number=number))
'''

LONG = '''from agentflow import Workflow, tools


class Plan(Workflow):
    """So many steps, and then a wait."""

    async def run(self, event, step):
        for number in range(event.payload["steps"]):
            await step.do("work", tools.bench.work(number=number))
        await step.wait_for_event("go", "go", timeout="30 days")
'''

SLEEPS = '''from agentflow import Workflow, tools


class Plan(Workflow):
    """A step at a moment."""

    async def run(self, event, step):
        await step.sleep_until("until", event.payload["at"])
        await step.do("work", tools.bench.work(number=0))
'''


BATCH = 1000
"""Runs that are started in one transaction."""
_BUSY = "SELECT 1 FROM work WHERE worker IS NOT NULL OR wake_at <= ? LIMIT 1"
_ENDED = "SELECT id, status, error FROM runs WHERE id IN (SELECT value FROM json_each(?)) AND ended_at IS NOT NULL"


class Ledger:
    """Notes every call by its idempotency key, and in a file too where calls must outlive the process."""

    def __init__(self, file: Path | None = None, *, hangs: bool = False) -> None:
        self._hangs = hangs
        self.calls: Counter[str] = Counter()
        self._file = file.open("a", encoding="ascii") if file else None

    def tool(self) -> Tool:
        """`bench.work`: async, returns 100 bytes, and is in the ledger before it returns; or it does not return."""

        @tool(namespace="bench", effect="idempotent")
        async def work(context: ToolContext, number: int) -> str:
            """Does a piece of work."""
            self.calls[context.idempotency_key] += 1
            if self._hangs:
                await asyncio.sleep(3600)
            if self._file:
                self._file.write(f"{context.idempotency_key}\n")
                self._file.flush()
            return HUNDRED

        return work

    def check(self, expected: int) -> None:
        """Every step ran once, and none is missing."""
        twice = [key for key, count in self.calls.items() if count > 1]
        if twice or len(self.calls) != expected:
            raise AssertionError(f"{expected} steps: {len(self.calls)} ran, {len(twice)} of them more than once")


class Stage:
    """The open house."""

    def __init__(self, flow: AgentFlow, agents: Sequence[AgentHandle], ledger: Ledger) -> None:
        self.flow = flow
        self.agents = agents
        self.ledger = ledger
        self.house = flow._open()
        self._watched: dict[str, asyncio.Future[None]] = {}
        self._wanted = asyncio.Event()

    async def start(self, count: int, payload: Json) -> list[str]:
        """So many runs, spread over the agents, started one by one at the same time, as callers would."""
        agents = [self.agents[number % len(self.agents)] for number in range(count)]
        return [run.id for run in await asyncio.gather(*(agent.start(payload) for agent in agents))]

    async def start_many(self, count: int, payload: Json) -> list[str]:
        """The same in batches, one for each agent."""
        ids: list[str] = []
        for number, agent in enumerate(self.agents):
            share = len(range(number, count, len(self.agents)))
            for begin in range(0, share, BATCH):
                batch = [{"payload": payload}] * min(BATCH, share - begin)
                ids += [run.id for run in await agent.start_many(batch)]
        return ids

    async def at_rest(self) -> None:
        """Wait until no run is in anybody's hands or due."""
        with closing(sqlite3.connect(self.house.store.place, isolation_level=None)) as reader:
            while reader.execute(_BUSY, (time.time(),)).fetchone():
                await asyncio.sleep(0.02)

    async def ended(self, runs: Iterable[str]) -> None:
        """Wait until all of them are completed; any other end is an error."""
        await asyncio.gather(*map(self.end, runs))

    def end(self, run: str) -> asyncio.Future[None]:
        """When this run is completed."""
        self._watched[run] = asyncio.get_running_loop().create_future()
        self._wanted.set()
        return self._watched[run]

    async def watch(self) -> None:
        """One reader looks for all who wait, every few milliseconds."""
        with closing(sqlite3.connect(self.house.store.place, isolation_level=None)) as reader:
            while True:
                await self._wanted.wait()
                left = json.dumps(list(self._watched))
                for id, status, error in reader.execute(_ENDED, (left,)).fetchall():
                    end = self._watched.pop(id)
                    if status == "completed":
                        end.set_result(None)
                    else:
                        end.set_exception(AssertionError(f"run {id} {status}: {error}"))
                if not self._watched:
                    self._wanted.clear()
                await asyncio.sleep(0.004)


@asynccontextmanager
async def staged(
    folder: Path, plan: str, *, agents: int = 1, worker: bool = True, ledger: Ledger | None = None, linger: float = 2.0
) -> AsyncIterator[Stage]:
    """A stage whose agents have this plan as their newest."""
    ledger = ledger or Ledger()
    settings = Settings(folder=folder, limits=Limits(linger_seconds=linger, concurrent=2000))
    async with AgentFlow(tools=[ledger.tool()], settings=settings, worker=worker) as flow:
        handles = []
        for number in range(agents):
            name = f"agent{number}"
            agent = await flow.agents.create(
                name, model="offline:./none", tools=["bench.*"], review="never", update=True
            )
            if not await agent.plans():
                await agent.register(plan)
            handles.append(agent)
        stage = Stage(flow, handles, ledger)
        watching = asyncio.create_task(stage.watch())
        try:
            yield stage
        finally:
            watching.cancel()
