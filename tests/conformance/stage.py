"""A house on the engine under test, and what tests do in it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from agentflow.records import Json, Principal, RunStatus
from agentflow.testing import StillClock, TestFlow, TestRun

from ..path.harness import Crew, plan
from .engines import Engine


class Stage:
    """A house on the engine under test, with tools that note every call outside of it.

    Runs leave the memory at every wait: whatever a test sees after one, it sees after a replay.
    """

    def __init__(self, engine: Engine, clock: StillClock, crew: Crew, flow: TestFlow) -> None:
        self.engine = engine
        self.clock = clock
        self.crew = crew
        self.flow = flow

    async def start(self, body: str, payload: Json = None, *, before: str = "", id: str | None = None) -> TestRun:
        """A run of a plan with this body."""
        return await self.flow.run(plan(body, before), payload, id=id)

    async def result(self, body: str, payload: Json = None, *, before: str = "") -> Any:
        """What a run with this body returns, with time skipped as needed."""
        return await self.flow.finish(await self.start(body, payload, before=before))

    async def error(self, body: str, payload: Json = None, *, before: str = "") -> dict[str, Any]:
        """The error with which a run with this body fails, with time skipped as needed."""
        run = await self.start(body, payload, before=before)
        await self.flow.skip_until(run, "failed")
        return await run.error()

    async def errors(self, body: str, payloads: Sequence[Json]) -> list[dict[str, Any]]:
        """The errors with which runs of one plan fail, one for each payload."""
        agent = await self.flow.agents.get("agent")
        await agent.register(plan(body))
        runs = [TestRun(self.flow, await agent.start(payload)) for payload in payloads]
        return [await run.error() for run in runs]

    async def reach(self, run: TestRun, status: RunStatus) -> Any:
        """Let everything come to rest: the run then has this status. Its reason."""
        await self.flow.settle()
        record = await run.refresh()
        assert record.status == status, (record.status, record.error)
        return record.reason

    @asynccontextmanager
    async def closed(self) -> AsyncIterator[None]:
        """While this house is closed; then it is open again, and a new worker in it."""
        await self.flow.__aexit__(None, None, None)
        try:
            yield
        finally:
            await self.flow.__aenter__()

    async def again(self, run: TestRun) -> TestRun:
        """A run, looked up once more."""
        return TestRun(self.flow, await self.flow.runs.get(run.id))

    def reopened(self, *, principal: Principal | None = None, **more: Any) -> TestFlow:
        """The house once more, with the same clock, as another process would open it."""
        return self.engine.open(self.crew.tools(), self.clock, principal=principal, **more)
