"""agentflow worker and agentflow init: the process that runs what is due, and a first folder to work in."""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..records import Goal, Run
from .failures import log_to_stderr
from .session import Session, command
from .shown import agent_names, error_text, step_name

if TYPE_CHECKING:
    from ..app import AgentFlow

log = logging.getLogger("agentflow.worker")

LOOK = 0.25
"""Seconds between two looks at what has changed, for the log alone."""

UntilIdle = Annotated[
    bool, typer.Option("--until-idle", help="End when nothing runs and nothing is due within a minute.")
]
Folder = Annotated[Path, typer.Argument(metavar="[DIR]", help="The folder; made if needed.", show_default=False)]


@command
async def worker(session: Session, until_idle: UntilIdle = False) -> None:
    """Run what is due, until Ctrl-C or SIGTERM: then attempts finish and the rest is left to others."""
    session.here()
    log_to_stderr(logging.INFO)
    began = time.time()
    async with session.open(worker=True) as flow:
        [*_, me] = await flow.workers()
        log.info("%s begins with %d tools; Ctrl-C ends it", me, len(flow.tools))
        with stoppable() as stopped:
            await until(stopped, Journal(flow, began), flow if until_idle else None)
        if stopped.is_set():
            log.info("ending: attempts in flight finish first; a second Ctrl-C ends at once")
    log.info("%s has ended", me)


async def until(stopped: asyncio.Event, journal: Journal, idle: AgentFlow | None) -> None:
    """Keep the journal until the event is set or, where it is given, the house is idle."""
    waits: set[asyncio.Task[Any]] = {asyncio.create_task(stopped.wait())}
    if idle is not None:
        waits.add(asyncio.create_task(idle.until_idle()))
    try:
        while not any(task.done() for task in waits):
            await journal.look()
            await asyncio.wait(waits, timeout=LOOK, return_when=asyncio.FIRST_COMPLETED)
        await journal.look()
    finally:
        for task in waits:
            task.cancel()
        failed = [e for e in await asyncio.gather(*waits, return_exceptions=True) if isinstance(e, Exception)]
    if failed:
        raise failed[0]


@contextmanager
def stoppable() -> Iterator[asyncio.Event]:
    """An event that SIGINT and SIGTERM set. Outside, a second one ends the process."""
    stopped, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    try:
        yield stopped
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


class Journal:
    """Logs one line for each thing that happens to the newest goals and runs from a moment on."""

    def __init__(self, flow: AgentFlow, since: float) -> None:
        self._flow = flow
        self._since = since
        self._known: dict[str, tuple[object, ...]] = {}

    async def look(self) -> None:
        """Log what has changed since the last look."""
        names = await agent_names(self._flow)
        for goal in reversed(await self._flow.goals.list(most=20)):
            if self._news(goal, goal.status, len(goal.attempts)):
                log.info("%s of %s: %s", goal.id, names.get(goal.agent, goal.agent), goal_words(goal))
        for run in reversed(await self._flow.runs.list(most=100)):
            if self._news(run, run.generation, run.status, str(run.reason)):
                log.info("%s of %s@%d: %s", run.id, names.get(run.agent, run.agent), run.version, _run(run))

    def _news(self, record: Goal | Run, *now: object) -> bool:
        before = self._known.get(record.id)
        self._known[record.id] = now
        return before != now and (before is not None or record.updated_at >= self._since)


def goal_words(goal: Goal) -> str:
    """How far a goal has come."""
    if goal.status == "planning" and goal.attempts:
        return f"planning, answer {len(goal.attempts)} has come"
    return f"{goal.status} ({goal.reason})" if goal.reason else goal.status


def _run(run: Run) -> str:
    if run.status == "failed":
        return f"failed ({error_text(run.error)})"
    waits = run.reason.get("waits", []) if run.reason else []
    said = ", ".join(f"{step_name(wait['step'])}: {wait['for']}" for wait in waits)
    return f"{run.status} ({said})" if said else run.status


@command
async def init(session: Session, folder: Folder = Path()) -> None:
    """Write a starter: agentflow.toml, tools.py, .gitignore."""
    from ..tools.starter import write

    written = write(folder)
    session.show([str(path) for path in written], map(str, written))
    session.say("look at them, then: agentflow agent create NAME --model PROVIDER:MODEL --tools 'orders.*'")
