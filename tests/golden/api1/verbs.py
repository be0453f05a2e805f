"""Every verb of plan API 1, and every stand-in whose value must never change."""

import asyncio
import random
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from agentflow import ApprovalRejected, StepFailed, WaitTimeout, Workflow, tools


@dataclass
class Line:
    item: str
    price: Decimal = Decimal("1.10")


class Verbs(Workflow):
    """Uses everything once."""

    async def run(self, event, step):
        self.log = [random.random(), str(uuid.uuid4()), datetime.now(UTC), step.random(), step.uuid()]
        order = await step.do("load", tools.orders.get(id=event.payload["id"]), timeout="30 seconds")
        lines = [Line(name) for name in sorted(set(order["items"]))]

        @step.do("sum up", retries={"limit": 1, "delay": "1 second", "backoff": "linear"}, deadline="1 hour")
        async def total(ctx):
            rate = await tools.rates.get(day=ctx.attempt)
            return sum((line.price for line in lines), Decimal(0)) * rate["rate"]

        self.log.append(await total())
        first, second = await asyncio.gather(
            step.do("side", tools.orders.get(id="a")), step.do("side", tools["orders.get"](id="b"))
        )
        outcomes = await step.gather(
            step.do("may fail", tools.orders.get(id="c")), self.patient(step), return_exceptions=True
        )
        self.log.append([isinstance(outcome, StepFailed) for outcome in outcomes])
        await step.sleep("short", timedelta(minutes=2))
        await step.sleep_until("long", step.now() + timedelta(days=30))
        paid = await step.wait_for_event("paid", ["paid", "void"], where={"order": [order["id"]]}, timeout="2 days")
        answer = await step.ask("how", "Ship how?", ["air", "sea"], default="sea", timeout="1 hour")
        refund = tools.payments.refund(order=order["id"], amount=Decimal("5.00"))
        try:
            approval = await step.wait_for_approval("refund?", f"Refund {order['id']}?", call=refund, timeout="1 day")
            receipt = await step.do("refund", approval.call)
        except (ApprovalRejected, StepFailed) as error:
            receipt = {"error": str(error)}
        try:
            await step.wait_for_event("never", "never", timeout=60)
        except WaitTimeout:
            self.log.append(step.now())
        match receipt:
            case {"reference": str(reference)}:
                self.log.append(reference)
            case _:
                self.log.append(None)
        for number in range(3):
            await step.do("again", tools.log.write(number=number, draw=random.randint(0, 10**9)))
        return {"log": self.log, "paid": paid.payload, "answer": answer, "side": [first, second]}

    async def patient(self, step):
        await step.sleep("patience", 5)
        return await step.do("after", tools.orders.get(id="d"))
