"""A worker as a process of its own, until it is killed: `python -m tests.conformance.child FOLDER DATABASE ENGINE`."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from agentflow import AgentFlow, ToolContext, tool
from agentflow.settings import EngineSettings, Limits, Settings
from agentflow.tools import Tool

from ..fakes.waiting import until


def bench(folder: Path) -> list[Tool]:
    """Tools that write each call into a file before they do anything: `note` returns its value, `hold` waits for the
    file `gate` first."""

    def write(context: ToolContext, value: Any) -> None:
        line = {"step": context.step, "attempt": context.attempt, "value": value, "at": time.time(), "pid": os.getpid()}
        with (folder / "calls").open("a") as file:
            file.write(json.dumps({"run": context.run, **line}) + "\n")

    @tool(namespace="bench", effect="idempotent")
    async def note(context: ToolContext, value: Any = None) -> Any:
        """Note it."""
        write(context, value)
        return value

    @tool(namespace="bench", effect="idempotent")
    async def hold(context: ToolContext, value: Any = None) -> Any:
        """Note it, and hold it until the gate is open."""
        write(context, value)
        await until((folder / "gate").exists)
        return value

    return [note, hold]


async def work(folder: Path, db: str, engine: str) -> None:
    limits = Limits(linger_seconds=0.05)
    settings = Settings(folder=folder, limits=limits, engine=EngineSettings.model_validate_json(engine))
    async with AgentFlow(db, tools=bench(folder), settings=settings):
        await asyncio.Event().wait()


if __name__ == "__main__":
    signal.alarm(60)  # nobody waits for longer: a test that was broken off leaves no worker behind
    asyncio.run(work(Path(sys.argv[1]), *sys.argv[2:]))
