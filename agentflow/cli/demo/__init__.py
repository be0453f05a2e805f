"""`agentflow demo`: the main job, offline, on the real parts, in a folder that is gone afterwards."""

from __future__ import annotations

import asyncio
import signal
import tempfile
import time
from pathlib import Path

from ...app import AgentFlow
from ...errors import AgentFlowError
from . import shop
from .crew import DATABASE, LEDGER, Crew
from .ledger import Ledger
from .play import Play
from .screen import Screen

__all__ = ["demo"]

INTERRUPTED = 130
"""The exit status of what was ended by Ctrl-C, as shells have it."""


def demo(yes: bool) -> int:
    """Show the main job and give the exit status: 0 only if everything happened that was promised."""
    screen, began_at = Screen(), time.monotonic()
    screen.title("agentflow demo", "offline, on the real parts, in a temporary folder")
    try:
        with screen, tempfile.TemporaryDirectory(prefix="agentflow-demo-") as folder:
            kept = asyncio.run(_perform(Path(folder), screen, yes=yes))
    except (KeyboardInterrupt, asyncio.CancelledError):
        screen.gap()
        screen.say("Interrupted: the workers are ended, the folder is gone.", "yellow")
        return INTERRUPTED
    except AgentFlowError as error:
        screen.say(f"The demo failed: {error}", "red")
        return 1
    seconds = time.monotonic() - began_at
    if kept:
        screen.gap()
        screen.say(f"All of it happened, in {seconds:.0f} s. Now yours: agentflow init", "bold green")
    return 0 if kept else 1


async def _perform(folder: Path, screen: Screen, *, yes: bool) -> bool:
    task = asyncio.current_task()
    assert task is not None
    for ending in (signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(ending, task.cancel)
    with Crew(folder) as crew:
        async with AgentFlow(folder / DATABASE, tools=shop.TOOLS, worker=False) as flow:
            return await Play(flow, crew, screen, Ledger(folder / LEDGER)).perform(yes=yes)
