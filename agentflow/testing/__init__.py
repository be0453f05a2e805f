"""For tests of plans and tools: an AgentFlow on a temporary database, in which time moves only when the test says so.

Runs are real here: the plan is checked, replayed in its own process whenever it goes on, and each step stored. What is
not real is the clock, and what the test says of steps.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Literal, Self

from ..app import AgentFlow, AgentHandle, ApprovalHandle, RunHandle
from ..engine.clock import StillClock
from ..errors import NotFound, PlanRefused, UsageError
from ..guest import durations
from ..guest.exceptions import UsageError as NoDuration
from ..records import FINISHED, Json, Principal, Review, Run, RunStatus
from ..settings import EngineSettings, Settings
from ..tools import Tool
from ..tools.secrets import Given
from .runs import TestRun, expect, resting
from .script import Script, Steps, Tried

__all__ = ["Steps", "StillClock", "TestFlow", "TestRun", "Tried"]

LOOK = 0.002
"""Seconds between two looks at whether everything is at rest."""

_Skipped = Literal["sleep", "retry"]


class TestFlow(AgentFlow):
    """Use it as `async with TestFlow(tools=[...]) as flow`. It is an `AgentFlow`, with more verbs.

    `clock` stands still; runs leave the memory whenever they wait, so that each wait is a replay as well. With `db`
    the database stays. `patience` is for how many real seconds nothing may come of a tool before the test fails.
    """

    __test__ = False

    def __init__(
        self,
        db: str | Path | None = None,
        *,
        tools: Iterable[Tool | Callable[..., Any]] = (),
        settings: Settings | None = None,
        worker: bool = True,
        principal: Principal | None = None,
        clock: StillClock | None = None,
        secrets: Given | None = None,
        patience: float = 30.0,
    ) -> None:
        self.clock = clock or StillClock()
        self.patience = patience
        self._rehearsal = self._script = Script()
        self._skipped: set[tuple[_Skipped, str | None]] = set()
        self._folder: TemporaryDirectory[str] | None = None
        self._temporary = db is None
        super().__init__(
            db,
            tools=tools,
            settings=_prompt(settings),
            worker=worker,
            principal=principal,
            clock=self.clock,
            secrets=secrets,
        )

    async def __aenter__(self) -> Self:
        if self._temporary:
            self._folder = TemporaryDirectory(prefix="agentflow-")
            self._place = Path(self._folder.name) / "agentflow.db"
        try:
            return await super().__aenter__()
        except BaseException:
            self._clean()
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await super().__aexit__(kind, error, trace)
        finally:
            self._clean()

    def _clean(self) -> None:
        if self._folder:
            self._folder.cleanup()

    # agents and runs

    async def agent(
        self,
        name: str = "agent",
        *,
        model: str = "offline:demo",
        tools: Sequence[str] = ("*",),
        review: Review = "never",
        **more: Any,
    ) -> AgentHandle:
        """An agent, made or changed as needed. It has every tool of this flow unless `tools` says otherwise."""
        return await self.agents.create(name, model=model, tools=tools, review=review, update=True, **more)

    async def run(
        self, plan: str | Path, payload: Json = None, *, agent: AgentHandle | None = None, id: str | None = None
    ) -> TestRun:
        """Register a plan (its source, or the file that holds it), and start a run of it."""
        agent = agent or await self._anybody()
        try:
            version = await agent.register(_source(plan))
        except PlanRefused as refused:
            refused.add_note("\n".join(f"line {f.line}: {f.message}: {f.advice}" for f in refused.findings))
            raise
        return TestRun(self, await agent.start(payload, version=version.number, id=id))

    async def _anybody(self) -> AgentHandle:
        try:
            return await self.agents.get("agent")
        except NotFound:
            return await self.agent()

    # what steps come to

    def steps(self, name: str | None = None) -> Steps:
        """The steps of this name (or key, `name#2`; without one, all steps), to say what their attempts come to."""
        return self._script.steps(name)

    # time

    def skip_sleeps(self, *steps: str) -> None:
        """From now on time moves on by itself whenever the next thing due is the end of a sleep (of these steps)."""
        self._skipped.update(("sleep", step) for step in steps or (None,))

    def skip_retry_delays(self, *steps: str) -> None:
        """From now on time moves on by itself whenever the next thing due is another attempt (of these steps)."""
        self._skipped.update(("retry", step) for step in steps or (None,))

    async def settle(self) -> None:
        """Wait until nothing goes on without time, a person or an event. Moves the time only where it was told to."""
        await self._rest()
        while (due := await self._next_due()) is not None and await self._may_skip(due):
            await self._move(due)

    async def skip(self, length: float | str | timedelta = 0.0, **parts: float) -> None:
        """Let time pass: `skip("3 days")`, `skip(days=30)`. What is due on the way happens at its moment, in order."""
        await self._pass(self.clock.now() + _seconds(length, parts))

    async def skip_to(self, moment: datetime) -> None:
        """Let time pass until this moment."""
        if moment.utcoffset() is None or moment.timestamp() < self.clock.now():
            raise UsageError(f"time cannot pass to {moment}: give an aware datetime from {self.clock.moment} on")
        await self._pass(moment.timestamp())

    async def skip_until(self, run: RunHandle, *statuses: RunStatus) -> Run:
        """Let time pass until a run at rest has one of these statuses. Fails where it cannot have it any more."""
        await self.settle()
        begun = self.clock.now()
        while (await run.refresh()).status not in statuses:
            record, wanted = run.record, f"it cannot become {' or '.join(statuses)}"
            expect(record.status not in FINISHED, f"{resting(record)}, {wanted}: {record.error}")
            due, last = await self._next_due() or inf, max(begun, record.updated_at) + durations.LONGEST
            expect(due <= last, f"{resting(record)}, {wanted} by time alone")
            await self._move(due)
            await self.settle()
        return run.record

    async def finish(self, run: RunHandle) -> Any:
        """Let time pass until a run has ended, waits that nobody answers included, and give its result."""
        await self.skip_until(run, *FINISHED)
        return await run.result()

    async def expire_wait(self, name: str, *, run: RunHandle | None = None) -> None:
        """Let time pass until the wait of this name, for an event or for people, has ended without an answer."""
        await self.settle()
        runs = [run] if run else [RunHandle(self._open(), record) for record in await self._resting()]
        open_ = [view for one in runs for view in await one.steps() if view.state in _WAITING and _is(view.key, name)]
        ends = [view.due for view in open_ if view.due is not None]
        expect(ends, f"nothing waits under the name {name!r} for an event or for people until some moment")
        await self._pass(min(ends))

    # people

    async def question(self) -> ApprovalHandle:
        """The one question that waits for a person, to decide it."""
        await self.settle()
        pending = await self.approvals.pending()
        asked = ", ".join(repr(one.record.question) for one in pending) or "none"
        expect(len(pending) == 1, f"one question should wait for a person, not {len(pending)}: {asked}")
        return pending[0]

    # inside

    async def _rest(self) -> None:
        """Wait, in real time, until no worker has anything to do at this moment."""
        house, seen, end = self._open(), None, 0.0
        while await house.engine.pressing(self.clock.now()):
            if (now := await house.store.changes()) != seen:
                seen, end = now, time.monotonic() + self.patience
            said = f"for {self.patience:g} s nothing has come of what is going on: {self._latest()}"
            expect(time.monotonic() < end, said)
            await asyncio.sleep(LOOK)

    def _latest(self) -> str:
        tried = self.steps().tried
        return (
            f"attempt {tried[-1].attempt} of {tried[-1].step} was the last to begin" if tried else "no step has begun"
        )

    async def _next_due(self) -> float | None:
        """The next moment at which something will happen: what is due already and not done waits for another worker."""
        [row] = await self._open().store.rows("next_due_after", now=self.clock.now())
        at: float | None = row["at"]
        return at

    async def _may_skip(self, due: float) -> bool:
        """Whether what comes next is what the test said need not be waited for."""
        runs = await self._resting() if self._skipped else []
        waits = [wait for run in runs for wait in (run.reason or {}).get("waits", ()) if wait["until"] == due]
        return any(wait["for"] == what and _is(wait["step"], name) for wait in waits for what, name in self._skipped)

    async def _resting(self) -> list[Run]:
        return [run for status in _RESTING for run in await self.runs.list(status=status, most=10_000)]

    async def _move(self, at: float) -> None:
        self.clock.advance(max(0.0, at - self.clock.now()))
        await self._rest()

    async def _pass(self, end: float) -> None:
        await self.settle()
        while (due := await self._next_due()) is not None and due <= end:
            await self._move(due)
        await self._move(end)
        await self.settle()


def _source(plan: str | Path) -> str:
    return plan.read_text(encoding="utf-8") if isinstance(plan, Path) else plan


_RESTING: tuple[RunStatus, ...] = ("running", "sleeping", "waiting")
"""What may wait for a moment; what is undone waits as `running`."""


_WAITING = frozenset({"waiting", "asking", "unknown", "delegated"})
"""States of a step that ends when somebody answers, or when its time is over."""


def _is(key: str, name: str | None) -> bool:
    return name in (None, key, key.rpartition("#")[0])


def _prompt(settings: Settings | None) -> Settings:
    """Settings with which a run is let go as soon as it waits, in a file of its own."""
    settings = settings or Settings()
    limits = settings.limits.model_copy(update={"linger_seconds": 0.0})
    return settings.model_copy(update={"limits": limits, "engine": EngineSettings()})


def _seconds(length: float | str | timedelta, parts: dict[str, float]) -> float:
    try:
        whole = durations.seconds(length, "the time to skip", positive=False) + timedelta(**parts).total_seconds()
    except NoDuration as error:
        raise UsageError(str(error)) from None
    if whole < 0:
        raise UsageError(f"the time to skip is {whole:g} seconds: time does not go back")
    return whole
