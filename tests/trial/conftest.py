"""One open house for a file of tests: its processes are ready, and a trial stores nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio
from typing_extensions import TypedDict

from agentflow import tool
from agentflow.app import AgentFlow
from agentflow.tools import Tool


class Order(TypedDict):
    id: str
    total: Decimal
    lines: list[str]


@tool(namespace="orders", effect="read")
def get(id: str) -> Order:
    """The order with this id."""
    raise AssertionError("a trial calls no tool")


@tool(namespace="orders", effect="read")
def find(text: str) -> Any:
    """Whatever is found."""
    raise AssertionError("a trial calls no tool")


@tool(namespace="orders", effect="read")
def every(since: str) -> list[dict[str, Any]]:
    """All orders."""
    raise AssertionError("a trial calls no tool")


@tool(namespace="bank", risk="high")
def pay(amount: Decimal) -> dict[str, str]:
    """Pay."""
    raise AssertionError("a trial calls no tool")


@tool(namespace="bank", effect="idempotent")
def cancel(reference: str) -> None:
    """Take it back."""
    raise AssertionError("a trial calls no tool")


@tool(namespace="mail", approval="always")
def send(to: str) -> None:
    """Send a mail."""
    raise AssertionError("a trial calls no tool")


TOOLS: list[Tool] = [get, find, every, pay, cancel, send]


def plan(*body: str) -> str:
    """A plan whose `run` has these lines."""
    lines = "\n".join(f"        {line}" for line in body)
    names = "ApprovalExpired, ApprovalRejected, StepFailed, WaitTimeout, Workflow, tools"
    return f"from agentflow import {names}\n\n\nclass Plan(Workflow):\n    async def run(self, event, step):\n{lines}\n"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def flow(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[AgentFlow]:
    async with AgentFlow(tmp_path_factory.mktemp("trial") / "agentflow.db", tools=TOOLS, worker=False) as flow:
        yield flow
