"""An agent that works offline: its tools, answers of its model, and the house around it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from agentflow.app import AgentFlow
from agentflow.records import Principal
from agentflow.settings import Settings
from agentflow.tools import Tool, tool

MODEL = "offline:./answers"


def tools() -> list[Tool]:
    """`orders.get` (read), `mail.send` (once) and `payments.refund` (once, high risk, always asks)."""

    @tool(namespace="orders", effect="read")
    async def get(id: str) -> dict[str, Any]:
        """The order with this id."""
        return {"id": id, "total": 120}

    @tool(namespace="mail")
    async def send(to: str) -> str:
        """Send a letter."""
        return f"sent to {to}"

    @tool(namespace="payments", risk="high", approval="always")
    async def refund(id: str) -> str:
        """Pay an order back."""
        return f"refunded {id}"

    return [get, send, refund]


def source(body: str) -> str:
    """A plan whose `run` is this one line."""
    return f'''from agentflow import Workflow, tools


class Plan(Workflow):
    """Does what was asked."""

    async def run(self, event, step):
        {body}
'''


READS = source('return await step.do("load", tools.orders.get(id=event.payload["id"]))')
REFUNDS = source('return await step.do("refund", tools.payments.refund(id=event.payload["id"]))')
WAITS = source('return (await step.wait_for_event("go", "go")).payload')
ASKS = source('return await step.ask("which", "Which colour?", ["red", "blue"])')
BROKEN = source('return await step.do("load", tools.orders.fetch(id="17"))')
"""It calls a tool that does not exist."""


def answers(place: Path, *texts: str, folder: str = "answers") -> None:
    """What the model `offline:./answers`, or that of another folder, says, one answer after the other."""
    (place / folder).mkdir(exist_ok=True)
    for number, text in enumerate(texts, 1):
        (place / folder / f"{number}.md").write_text(text, encoding="utf-8")


def fenced(plan: str) -> str:
    """A plan as a model writes it."""
    return f"Here it is.\n\n```python\n{plan}```\n"


def house(folder: Path, *, principal: Principal | None = None, worker: bool = True, **settings: Any) -> AgentFlow:
    """The AgentFlow of a folder, with the tools of this office."""
    return AgentFlow(tools=tools(), settings=Settings(folder=folder, **settings), principal=principal, worker=worker)
