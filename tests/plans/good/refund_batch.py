from __future__ import annotations

from dataclasses import asdict, dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from agentflow import ApprovalExpired, ApprovalRejected, StepFailed, Workflow, tools

LIMIT = Decimal("250.00")
RETRIES = {"limit": 4, "delay": "30 seconds", "backoff": "linear"}


@dataclass
class Outcome:
    order: str
    state: str
    reference: str | None = None
    problems: list[str] = field(default_factory=list)


def cents(amount) -> Decimal:
    return Decimal(str(amount)).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


class RefundBatch(Workflow):
    async def run(self, event, step):
        ids = event.payload.get("orders", [])
        outcomes = []
        for number, order_id in enumerate(ids, start=1):
            outcome = await self.settle(step, order_id, number)
            outcomes.append(asdict(outcome))
        failed = [outcome for outcome in outcomes if outcome["state"] != "refunded"]
        if failed:
            text = f"{len(failed)} of {len(ids)} refunds need a look"
            await step.do("report failures", tools.chat.post(channel="#refunds", text=text, urgent=True))
        return {"outcomes": outcomes}

    async def settle(self, step, order_id, number):
        try:
            order = await step.do(f"load {number}", tools.orders.get(id=order_id), retries=RETRIES)
            amount = cents(order["total"])
            call = tools.payments.refund(order_id=order_id, amount=float(amount), currency="EUR")
            if amount > LIMIT:
                approval = await step.wait_for_approval(
                    f"approve {number}", f"Refund {amount} EUR?", call=call, details={"order": order}, timeout="3 days"
                )
                call = approval.call
            receipt = await step.do(f"refund {number}", call, deadline="1 day")
        except ApprovalRejected as error:
            return Outcome(order_id, "rejected", problems=[error.reason or "no reason"])
        except ApprovalExpired:
            return Outcome(order_id, "expired")
        except StepFailed as error:
            return Outcome(order_id, "failed", problems=[f"{error.type}: {error.message}"])
        else:
            return Outcome(order_id, "refunded", reference=receipt["reference"])
