"""agentflow worker and agentflow init: the process that runs what is due, and a first folder to work in."""

from __future__ import annotations

import asyncio
import logging
import shlex
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .logs import log_to_stderr
from .session import Engine, RestateUrl, Session, command

if TYPE_CHECKING:
    from ..app import AgentFlow

log = logging.getLogger("agentflow.worker")

UntilIdle = Annotated[
    bool, typer.Option("--until-idle", help="End when nothing runs and nothing is due within a minute.")
]
Folder = Annotated[Path, typer.Argument(metavar="[DIR]", help="The folder; made if needed.", show_default=False)]


@command
async def worker(
    session: Session, until_idle: UntilIdle = False, engine: Engine = None, restate_url: RestateUrl = None
) -> None:
    """Run what is due, until Ctrl-C or SIGTERM: then attempts finish and the rest is left to others."""
    session.here()
    log_to_stderr(logging.INFO)
    async with session.open(worker=True, engine={"--engine": engine, "--restate-url": restate_url}) as flow:
        from ..app import readiness

        me = readiness.worker(flow)
        log.info("%s begins with %d tools; Ctrl-C ends it", me, len(flow.tools))
        with stoppable() as stopped:
            await until(stopped, flow if until_idle else None)
        if stopped.is_set():
            log.info("ending: attempts in flight finish first; a second Ctrl-C ends at once")
    log.info("%s has ended", me)


async def until(stopped: asyncio.Event, idle: AgentFlow | None) -> None:
    """Wait until the event is set or, where it is given, the house is idle."""
    waits: set[asyncio.Task[Any]] = {asyncio.create_task(stopped.wait())}
    if idle is not None:
        waits.add(asyncio.create_task(idle.until_idle()))
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
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


@command
async def init(session: Session, folder: Folder = Path()) -> None:
    """Write a starter: agentflow.toml, tools.py, .gitignore."""
    from ..tools.starter import write

    written = write(folder)
    session.show([str(path) for path in written], map(str, written))
    go = "" if folder == Path() else f"cd {shlex.quote(str(folder))}; "
    payload = shlex.quote('{"order_id": "17"}')
    session.say(
        f"a first goal, without a model: {go}agentflow submit helper 'Refund order 17.' --payload {payload} --wait"
    )
