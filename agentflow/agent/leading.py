"""What an accepted plan leads to: a run of its own, or the run that its goal follows on goes on with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..engine import Engine, Start
from ..records import Agent, Goal, new_id
from ..records.revisions import Outlook
from ..registry import Stored
from ..store import Write
from .revising import TakingOver, failed, reason
from .settling import settled
from .starting import ALONE, Parent, active, run_of, run_start


@dataclass(frozen=True, slots=True)
class Leading:
    """The plan of a goal, and who has it run when."""

    engine: Engine
    taking_over: TakingOver
    goal: Goal
    agent: Agent
    version: Stored
    by: str
    now: float

    async def begin(self, writes: Sequence[Write]) -> str:
        """Have the plan run, in one commit with these writes; the id of the run that it leads to.

        Raises `Overtaken` where the run that the goal follows on has ended otherwise meanwhile.
        """
        if self.goal.revises is not None:
            return await self._follow(self.goal.revises, writes)
        run, parent = run_of(self.goal)
        await self.engine.start([self._start(run, parent, writes)])
        return run

    async def _follow(self, before: str, writes: Sequence[Write]) -> str:
        """Let the run before go on with the plan, or start another one in its place."""

        def going_on(seen: Outlook) -> Sequence[Write]:
            return [active(self.agent), *writes, self._started(before, reason(seen))]

        outlook = await self.taking_over.take(before, self.version, failed(self.goal), self.by, going_on)
        if outlook.goes_on:
            return before
        run = new_id("run")
        still, said = await self.taking_over.leave(before)
        await self.engine.start([self._start(run, ALONE, [*still, *writes], reason(outlook))], said)
        return run

    def _start(self, run: str, parent: Parent, writes: Sequence[Write], why: str | None = None) -> Start:
        goal = self.goal
        start = run_start(
            self.agent,
            self.version.plan,
            id=run,
            payload=goal.payload,
            by=self.by,
            now=self.now,
            goal=goal.id,
            parent=parent,
        )
        return replace(start, writes=[*writes, self._started(run, why), *start.writes])

    def _started(self, run: str, why: str | None) -> Write:
        number = self.version.plan.number
        return settled(self.goal.id, "started", self.now, version=number, run=run, reason=why)
