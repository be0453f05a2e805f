"""The demo's run, watched as it goes: its steps are told, its question is asked, and its worker is killed once."""

from __future__ import annotations

import asyncio
import sys

from ...app import AgentFlow, ApprovalHandle, RunHandle
from ...errors import AgentFlowError
from ...records import FINISHED, Approval, StepView
from ..text import one_line, value
from . import news
from .crew import Crew
from .judge import INTERRUPTED
from .ledger import Ledger
from .screen import Screen

LOOK = 0.05
"""Seconds between two looks at the run."""
PATIENCE = 60.0
"""Seconds in which something must have come of it; a person may take longer."""
SUSPENSE = 1.5
"""Seconds before and after the worker is killed, so that it can be seen."""


class Watch:
    """Follows one run. `yes` answers its question, and so does a missing terminal."""

    def __init__(self, flow: AgentFlow, crew: Crew, screen: Screen, ledger: Ledger, *, yes: bool) -> None:
        self._flow = flow
        self._crew = crew
        self._screen = screen
        self._ledger = ledger
        self._yes = yes
        self._told = 0
        self._announced: set[str] = set()
        self._patience = 0.0

    async def follow(self, run: RunHandle) -> None:
        """Until the run ends. Raises where nothing comes of it."""
        self._be_patient()
        while run.status not in FINISHED:
            await run.refresh()
            await self._tell(run)
            for approval in await self._flow.approvals.pending():
                await self._decide(approval)
            if not self._crew.killed and self._ledger.entries_of(INTERRUPTED):
                await self._kill(run)
            self._check()
            await asyncio.sleep(LOOK)
        self._screen.doing(None)

    def _be_patient(self) -> None:
        self._patience = asyncio.get_running_loop().time() + PATIENCE

    def _check(self) -> None:
        self._crew.check()
        if asyncio.get_running_loop().time() > self._patience:
            raise AgentFlowError(f"the run has not ended in {PATIENCE:g} s; {self._crew.last_words()}")

    # what has happened since the last look

    async def _tell(self, run: RunHandle) -> None:
        history = await run.history()
        steps = {step.key: step for step in await run.steps()}
        lines = [news.delivered(item, steps) for item in history[self._told :]]
        self._told = len(history)
        lines += [news.begun(step) for step in steps.values() if self._is_new(step)]
        for line in lines:
            if line:
                self._screen.step(line)
        self._screen.doing(news.under_way(list(steps.values())))

    def _is_new(self, step: StepView) -> bool:
        known = step.key in self._announced
        self._announced.add(step.key)
        return not known

    # a person's turn

    async def _decide(self, approval: ApprovalHandle) -> None:
        self._screen.doing(None)
        self._show(approval.record)
        digest = approval.record.digest
        if await self._agrees():
            await approval.approve(digest=digest)
        else:
            await approval.reject("rejected in the demo", digest=digest)
        self._screen.gap()
        self._be_patient()

    def _show(self, asked: Approval) -> None:
        screen = self._screen
        screen.gap()
        screen.say(f"A person's turn: {one_line(asked.question)}", "bold yellow")
        for call in asked.calls:
            arguments = ", ".join(f"{name}={value(given)}" for name, given in call.args.items())
            screen.say(f"{call.tool}({arguments})")
        screen.say(f"What is approved is this call and no other: sha256 {asked.digest[:12]}...", "dim")

    async def _agrees(self) -> bool:
        if self._yes or not self._screen.asks:
            self._screen.say(f"The demo says yes itself: {'--yes' if self._yes else 'there is no terminal to ask at'}.")
            return True
        return await agreed(self._screen)

    # the death of a worker

    async def _kill(self, run: RunHandle) -> None:
        screen, crew = self._screen, self._crew
        screen.doing(None)
        await screen.heading("The worker is killed in the middle of a step")
        screen.step(news.Line("open", INTERRUPTED, f"attempt 1 is under way in worker {len(crew.workers)}"))
        await asyncio.sleep(SUSPENSE)
        killed = crew.kill()
        done = sum(step.state == "done" for step in await run.steps())
        screen.say(f"kill -9 {killed.pid}: worker {killed.number} is dead", "bold red")
        screen.say(f"{done} steps are done and stored. Another worker takes the run over from there.")
        await asyncio.sleep(SUSPENSE)
        screen.say(f"{crew.hire()} is started")
        self._be_patient()


async def agreed(screen: Screen) -> bool:
    """Ask at the terminal until the answer is yes or no. The end of the input is neither: it ends the demo."""
    while True:
        screen.ask("Approve it? [y/n]")
        if not (line := await _typed()):
            raise asyncio.CancelledError
        answer = line.strip().lower()
        if answer in ("y", "yes", "n", "no"):
            return answer.startswith("y")


async def _typed() -> str:
    """A line from the terminal. Not read in a thread, which Ctrl-C could not end."""
    loop, ready = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(sys.stdin, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(sys.stdin)
    return sys.stdin.readline()
