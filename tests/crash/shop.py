"""What the crash tests run: one plan with a step of every kind, the tools that it calls, and a goal's two answers."""

from __future__ import annotations

import time
from pathlib import Path

from agentflow import ToolContext, tool
from agentflow.tools import Tool

from ..fakes.waiting import until
from .ledger import Ledger

ORDER = '''
from agentflow import Workflow, tools


class Order(Workflow):
    """Sell one item."""

    async def run(self, event, step):
        stock = await step.do("look", tools.shop.look(item=event.payload["item"]))
        price = await step.do("price", tools.shop.price(stock=stock), retries={"delay": 0.01, "backoff": "constant"})

        @step.do("pack")
        async def pack():
            size = await tools.shop.look(item="box")
            return await tools.shop.pack(size=size)

        parcel = await pack()
        left, right = await step.gather(
            step.do("left", tools.shop.label(side="left")), step.do("right", tools.shop.label(side="right"))
        )
        payment = tools.shop.pay(amount=price)
        approval = await step.wait_for_approval("agree", f"Pay {price}?", call=payment)
        receipt = await step.do("pay", approval.call)
        await step.sleep("rest", 0.2)
        word = await step.wait_for_event("word", "word")
        return {"parcel": parcel, "labels": [left, right], "by": approval.by, "receipt": receipt, "word": word.payload}
'''
"""Retries, a function step with an effect, two steps at once, an approval, a `once` step, a sleep and an event."""

ONCE = frozenset({"shop.pack", "shop.pay"})

HELD = '''
from agentflow import Workflow, tools


class Held(Workflow):
    """Hold something."""

    async def run(self, event, step):
        stock = await step.do("look", tools.shop.look(item="ball"))
        return await step.do("hold", tools.shop.hold(stock=stock))
'''

RIGHT = """```python
from agentflow import Workflow, tools


class Looking(Workflow):
    async def run(self, event, step):
        return await step.do("look", tools.shop.look(item="ball"))
```
"""
WRONG = RIGHT.replace("shop.look", "shop.loook")


def shop(ledger: Ledger, gate: Path) -> list[Tool]:
    """The tools, each of which writes its effect into the ledger. `hold` waits for the gate at first."""

    @tool(namespace="shop", effect="read")
    async def look(item: str, context: ToolContext) -> int:
        """How many there are."""
        ledger.note("shop.look", context, len(item))
        return len(item)

    @tool(namespace="shop", effect="idempotent")
    async def price(stock: int, context: ToolContext) -> int:
        """What one costs; the till fails twice, whoever asks it."""
        said = [line for line in ledger.lines() if line.key == context.idempotency_key]
        ledger.note("shop.price", context, stock * 10 if len(said) >= 2 else None)
        if len(said) < 2:
            raise ConnectionError("the till is busy")
        return stock * 10

    @tool(namespace="shop", effect="once")
    async def pack(size: int, context: ToolContext) -> str:
        """Pack it."""
        ledger.note("shop.pack", context, f"parcel {size}")
        return f"parcel {size}"

    @tool(namespace="shop", effect="idempotent")
    async def label(side: str, context: ToolContext) -> str:
        """Print a label."""
        ledger.note("shop.label", context, side)
        time.sleep(0.02)  # noqa: ASYNC251  # nothing else moves meanwhile: both outcomes come at one moment, in this order
        return side

    @tool(namespace="shop", effect="once", approval="always", risk="high")
    async def pay(amount: int, context: ToolContext) -> str:
        """Pay."""
        ledger.note("shop.pay", context, f"paid {amount}")
        return f"paid {amount}"

    @tool(namespace="shop", effect="idempotent")
    async def hold(stock: int, context: ToolContext) -> int:
        """Hold it, for long at first."""
        ledger.note("shop.hold", context, stock)
        if (context.attempt, context.generation) == (1, 1):
            await until(gate.exists)
        return stock

    return [look, price, pack, label, pay, hold]
