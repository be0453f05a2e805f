"""Records a run as it is exported: `python -m tests.golden.recorded`. Only for a NEW format."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from agentflow import tool
from agentflow.testing import TestFlow

FOLDER = Path(__file__).parent / "runs"
PLAN = '''from agentflow import Workflow, tools


class Settle(Workflow):
    """Refund an order once a person has agreed."""

    async def run(self, event, step):
        order = await step.do("load", tools.orders.get(id=event.payload["id"]))
        card = await step.do("card", tools.orders.card(id=order["id"]), sensitive=True)
        refund = tools.payments.refund(id=order["id"], amount=order["total"], card=card["number"])
        agreed = await step.wait_for_approval("agree", f"Refund {order['total']} EUR?", call=refund)
        notes = await step.gather(
            step.sleep("clear", "2 days"),
            step.do("pay", agreed.call, rollback=lambda paid: tools.orders.get(id=paid["reference"])),
        )
        paid = await step.wait_for_event("paid", "paid", timeout="7 days")
        return [notes[1], paid.payload, agreed.by, step.now(), step.random() < 1]
'''


@tool(namespace="orders", effect="read")
async def get(id: str) -> dict[str, Any]:
    """The order with this id."""
    return {"id": id, "total": 120}


@tool(namespace="orders", effect="read")
async def card(id: str) -> dict[str, str]:
    """The card that it was paid with."""
    return {"number": "4111-2222-3333"}


@tool(namespace="payments", risk="high", approval="always")
async def refund(id: str, amount: int, card: str) -> dict[str, str]:
    """Pay it back."""
    return {"reference": f"refund-{id}"}


async def record() -> dict[str, Any]:
    """Run the plan to its end, and give what is exported of it."""
    async with TestFlow(tools=[get, card, refund]) as flow:
        run = await flow.run(PLAN, {"id": "17"}, id="settle-17")
        await (await flow.question()).approve("fine")
        await flow.skip("3 days")
        await run.send("paid", {"order": "17"})
        await run.result()
        return await run.export()


if __name__ == "__main__":
    made = FOLDER / "format1.run.json"
    if made.exists():
        raise SystemExit(f"{made.name} is there already, and what was exported never changes")
    made.write_text(json.dumps(asyncio.run(record()), indent=1, ensure_ascii=False) + "\n")
