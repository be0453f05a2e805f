"""A plan on the whole path: an open AgentFlow, an agent, tools that remember, and a clock that stands still."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

from agentflow.app import AgentFlow, AgentHandle, ApprovalHandle, RunHandle
from agentflow.records import FINISHED, Json, Run, RunStatus
from agentflow.settings import HttpSettings, Limits, Settings
from agentflow.tools import Tool, ToolContext, tool
from agentflow.tools.http import Send
from agentflow.tools.secrets import Given

from ..fakes.clock import FakeClock
from ..fakes.waiting import until

NAMES = (
    "ApprovalExpired, ApprovalRejected, NonRetryableError, PlanFailed, StepFailed, StepTimeout, WaitTimeout, Workflow, "
    "WorkflowError, tools"
)
HANG = object()
"""An outcome that does not come before the test is over."""


@dataclass(frozen=True)
class Made:
    """A call that reached a tool."""

    tool: str
    value: Any
    step: str
    attempt: int
    key: str
    at: float
    hosts: tuple[str, ...] = ()


class Crew:
    """Tools that note each call, and then do what the test said that they will, or give back their value."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self._will: defaultdict[str, deque[Any]] = defaultdict(deque)
        self.made: list[Made] = []
        self.cancelled: list[str] = []
        self.released = asyncio.Event()

    def will(self, name: str, *outcomes: Any) -> None:
        """What the next calls of a tool come to: exceptions are raised, the rest is returned."""
        self._will[name].extend(outcomes)

    def values(self, name: str | None = None) -> list[Any]:
        """With what a tool, or any tool, was called."""
        return [made.value for made in self.made if name in (None, made.tool)]

    def tools(self) -> list[Tool]:
        """`work.look` (read), `work.keep` (idempotent), `work.pay` (once); `bank.wire` always needs a person,
        `bank.move` and `bank.lend` above 100."""

        @tool(namespace="work", effect="read")
        async def look(context: ToolContext, value: Any = None) -> Any:
            """Looks something up."""
            return await self._act("look", value, context)

        @tool(namespace="work", effect="idempotent")
        async def keep(context: ToolContext, value: Any = None) -> Any:
            """Keeps something."""
            return await self._act("keep", value, context)

        @tool(namespace="work", effect="once")
        async def pay(context: ToolContext, value: Any = None) -> Any:
            """Pays something."""
            return await self._act("pay", value, context)

        @tool(namespace="bank", effect="once", risk="high", approval="always")
        async def wire(context: ToolContext, value: Any = None) -> Any:
            """Wires money."""
            return await self._act("wire", value, context)

        @tool(namespace="bank", effect="once", risk="medium", approval=lambda args: bool(args["value"] > 100))
        async def move(context: ToolContext, value: int) -> Any:
            """Moves money."""
            return await self._act("move", value, context)

        @tool(namespace="bank", effect="once", approval=lambda args: bool(args["value"] > 100))
        async def lend(context: ToolContext, value: Any) -> Any:
            """Lends money, or whatever it is asked for."""
            return await self._act("lend", value, context)

        return [look, keep, pay, wire, move, lend]

    async def _act(self, name: str, value: Any, context: ToolContext) -> Any:
        at, key = self._clock.now(), context.idempotency_key
        self.made.append(Made(name, value, context.step, context.attempt, key, at, context.hosts))
        outcome = self._will[name].popleft() if self._will[name] else value
        if outcome is HANG:
            try:
                await self.released.wait()
            except asyncio.CancelledError:
                self.cancelled.append(name)
                raise
            return value
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


def plan(body: str, before: str = "") -> str:
    """A plan whose `run` has this body, which starts at line 5; `before` stands above the class."""
    run = indent(dedent(body).strip("\n"), " " * 8)
    head = f"from agentflow import {NAMES}\n{dedent(before)}class Plan(Workflow):\n"
    return f'{head}    """Does what was asked."""\n    async def run(self, event, step):\n{run}\n'


class Stage:
    """An open house with one agent, `crew`."""

    def __init__(self, flow: AgentFlow, agent: AgentHandle, clock: FakeClock, crew: Crew) -> None:
        self.flow = flow
        self.agent = agent
        self.clock = clock
        self.crew = crew

    async def start(self, body: str, payload: Json = None, *, before: str = "") -> RunHandle:
        """A run of a plan with this body."""
        await self.agent.register(plan(body, before))
        return await self.agent.start(payload)

    async def reach(self, run: RunHandle, *statuses: RunStatus) -> Run:
        """Wait, without moving the clock, until the run has one of these statuses."""

        async def reached() -> bool:
            record = await run.refresh()
            assert record.status in statuses or record.status not in FINISHED, (record.status, record.error)
            return record.status in statuses

        await until(reached)
        return run.record

    async def skip(self, run: RunHandle, *statuses: RunStatus) -> Run:
        """Move the clock to whatever the run waits for next, until it has one of these statuses."""

        async def reached() -> bool:
            unread = await run._house.store.rows("messages", id=run.id)
            record = await run.refresh()
            assert record.status in statuses or record.status not in FINISHED, (record.status, record.error)
            if record.status in statuses:
                return True
            if not unread and (due := _next_due(record)) is not None:
                self.clock.advance(max(0.0, due - self.clock.now()))
            return False

        await until(reached)
        return run.record

    async def result(self, run: RunHandle) -> Any:
        """What the run returns, with time skipped as needed."""
        await self.skip(run, "completed")
        return await run.result()

    async def error(self, run: RunHandle) -> dict[str, Any]:
        """The error that the run fails with, with time skipped as needed."""
        found: dict[str, Any] = (await self.skip(run, "failed")).error
        return found

    async def question(self, count: int = 1) -> ApprovalHandle:
        """The newest of so many questions that wait for a person."""
        return (await self.questions(count))[-1]

    async def questions(self, count: int) -> Sequence[ApprovalHandle]:
        """Wait until so many questions wait for a person."""

        async def asked() -> bool:
            return len(await self.flow.approvals.pending()) == count

        await until(asked)
        return await self.flow.approvals.pending()

    async def calls(self, count: int) -> None:
        """Wait until tools have been called so often."""
        await until(lambda: len(self.crew.made) >= count)


def _next_due(run: Run) -> float | None:
    waits = run.reason["waits"] if run.reason and run.status in ("sleeping", "waiting", "running") else []
    return min((wait["until"] for wait in waits if wait["until"] is not None), default=None)


@asynccontextmanager
async def staged(
    folder: Path,
    *,
    linger: float = 0.0,
    result_bytes: int = 1_048_576,
    limits: Limits | None = None,
    hosts: Sequence[str] = (),
    send: Send | None = None,
    http: dict[str, HttpSettings] | None = None,
    more: Sequence[Tool] = (),
    secrets: Given | None = None,
) -> AsyncIterator[Stage]:
    """A stage. With `linger=0` a run leaves the memory whenever it waits, and is replayed whenever it goes on. `send`
    is the way out of the tools of `http`, for tests that have a server of their own."""
    clock = FakeClock()
    crew = Crew(clock)
    own = {"linger_seconds": linger, "result_bytes": result_bytes}
    settings = Settings(folder=folder, limits=(limits or Limits()).model_copy(update=own), http=http or {})
    house = AgentFlow(tools=[*crew.tools(), *more], settings=settings, clock=clock, secrets=secrets)
    house._send = send
    async with house as flow:
        agent = await flow.agents.create("crew", model="offline:./answers", tools=["*"], review="never", hosts=hosts)
        try:
            yield Stage(flow, agent, clock, crew)
        finally:
            crew.released.set()
