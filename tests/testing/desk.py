"""Plans and tools for tests of `agentflow.testing`."""

from __future__ import annotations

from typing import Any

from agentflow import tool
from agentflow.tools import Tool

NAMES = "StepFailed, StepTimeout, WaitTimeout, ApprovalExpired, Workflow, tools"


def plan(*lines: str) -> str:
    """A plan whose `run` consists of these lines."""
    run = "\n".join(f"        {line}" for line in lines)
    head = f'from agentflow import {NAMES}\n\n\nclass Plan(Workflow):\n    """Does what was asked."""\n\n'
    return f"{head}    async def run(self, event, step):\n{run}\n"


def desk() -> list[Tool]:
    """`desk.look` (read), `desk.pay` (once), `desk.wire` (always asks): each says what it did."""

    @tool(namespace="desk", effect="read")
    async def look(value: Any = None) -> Any:
        """Look."""
        return f"looked at {value}"

    @tool(namespace="desk", effect="once")
    async def pay(value: Any = None) -> Any:
        """Pay."""
        return f"paid {value}"

    @tool(namespace="desk", effect="once", approval="always")
    async def wire(value: Any = None) -> Any:
        """Wire."""
        return f"wired {value}"

    return [look, pay, wire]
