from typing import Any

from agentflow import Approval, ApprovalRejected, Event, Workflow, tools


class Purchase(Workflow):
    """Ask for an order and its payment together, then do both."""

    async def run(self, event: Event, step: Any) -> dict[str, Any]:
        request = event.payload
        order = tools.orders.create(
            customer=request["customer"],
            lines=[{"sku": item["sku"], "count": int(item["count"])} for item in request["items"]],
            note=None,
        )
        total = sum(item["price"] * item["count"] for item in request["items"])
        pay = tools.payments.transfer(iban=request["iban"], amount=round(total, 2), reference=f"order {event.id}")
        try:
            approval: Approval = await step.wait_for_approval(
                "purchase",
                f"Buy for {total:.2f} EUR?",
                call=[order, pay],
                details={"request": request},
                timeout="1 week",
            )
        except ApprovalRejected as error:
            await step.do("say no", tools.mail.send(to=request["email"], subject="Rejected", body=error.reason or "-"))
            return {"bought": False}
        bought, paid = await step.gather(
            step.do("order", approval.calls[0]),
            step.do("pay", approval.calls[1]),
        )
        token = step.uuid()
        lucky = step.random() < 0.01
        at = step.now()
        return {"bought": True, "order": bought, "paid": paid, "token": token, "lucky": lucky, "at": at}
