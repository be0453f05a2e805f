"""The demo from its first line to its last: a goal, a plan that is refused, its repair, a run, and the verdict."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

from ...app import AgentFlow, GoalHandle, RunHandle
from ...errors import AgentFlowError
from ...records import Attempt, Goal, Json
from ..text import value
from . import shop
from .crew import Crew
from .judge import APPROVAL, Evidence, judge
from .ledger import Ledger
from .running import PATIENCE, Watch
from .screen import Screen

GOAL = f"Refund order {shop.ORDER}: the customer has sent everything back."
PAYLOAD: Json = {"order_id": shop.ORDER}


class Play:
    """One performance, by a client that only submits, watches, approves, and starts and kills workers."""

    def __init__(self, flow: AgentFlow, crew: Crew, screen: Screen, ledger: Ledger) -> None:
        self._flow = flow
        self._crew = crew
        self._screen = screen
        self._ledger = ledger

    async def perform(self, *, yes: bool) -> bool:
        """All acts; whether every promise was kept."""
        goal = await self._submit()
        run = await self._plan(goal)
        await self._screen.heading("The plan runs")
        self._screen.say("Each result is stored before the next step begins.", "dim")
        await Watch(self._flow, self._crew, self._screen, self._ledger, yes=yes).follow(run)
        await self._crew.dismiss()
        await self._screen.heading("What came of it")
        if (run.record.error or {}).get("type") == "ApprovalRejected":
            self._rejected()
            return False
        return await self._verdict(goal, run)

    async def _submit(self) -> GoalHandle:
        screen = self._screen
        await screen.heading("A goal is given to an agent")
        names = [tool.spec.name for tool in shop.TOOLS]
        agent = await self._flow.agents.create("refunds", model="offline:demo", tools=names)
        goal = await agent.submit(GOAL, PAYLOAD)
        screen.fact("goal", GOAL)
        screen.fact("payload", json.dumps(PAYLOAD))
        screen.fact("tools", ", ".join(names))
        screen.fact("model", "offline:demo: stored answers, no model is asked")
        screen.fact("run by", f"{self._crew.hire()}; this process only watches")
        return goal

    async def _plan(self, goal: GoalHandle) -> RunHandle:
        told = 0
        self._screen.doing("the agent is planning")
        async for now in self._patiently(goal):
            for answer in now.attempts[told:]:
                if answer.findings or now.status != "planning":
                    told += 1
                    await self._show(answer)
        return await goal.run()

    async def _patiently(self, goal: GoalHandle) -> AsyncIterator[Goal]:
        """The goal as it changes. Raises where nothing comes of it."""
        try:
            async with asyncio.timeout(PATIENCE):
                async for now in goal.watch():
                    self._crew.check()
                    yield now
        except TimeoutError:
            raise AgentFlowError(f"no plan has come in {PATIENCE:g} s; {self._crew.last_words()}") from None

    async def _show(self, answer: Attempt) -> None:
        screen = self._screen
        screen.doing(None)
        errors = [finding for finding in answer.findings if finding.severity == "error"]
        await screen.heading(
            f"Answer {answer.number} is checked: {f'{len(errors)} errors, refused' if errors else 'accepted'}"
        )
        screen.say(f"from {answer.model}", "dim")
        lines = (answer.source or "").splitlines()
        for finding in errors:
            screen.fact(f"line {finding.line}", lines[finding.line - 1].strip())
            screen.say(finding.message, "red", indent=12)
            screen.say(finding.advice, "green", indent=12)
        if errors:
            screen.say("The findings go back to the model, which answers again.")
        else:
            screen.source(answer.source or "")

    def _rejected(self) -> None:
        screen = self._screen
        screen.say(f"The run has failed at {APPROVAL!r} with ApprovalRejected, since you said no.")
        screen.say("That is what rejecting does: nothing was paid, and no later step ran.")
        screen.say("Run the demo again and approve, to see a worker die.", "dim")

    async def _verdict(self, goal: GoalHandle, run: RunHandle) -> bool:
        screen, killed = self._screen, self._crew.killed
        screen.fact("result", value(run.record.result))
        screen.say("The tools kept a ledger outside the database. It is the judge:", "dim")
        evidence = Evidence(
            goal.attempts, run.record, await run.steps(), self._ledger.entries(), killed.pid if killed else None
        )
        checks = judge(evidence)
        for check in checks:
            screen.check(check.kept, check.promise, check.found)
        return all(check.kept for check in checks)
