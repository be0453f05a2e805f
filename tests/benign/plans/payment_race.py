from agentflow import Workflow, tools


class PaymentRace(Workflow):
    """Wait for the payment, for a cancellation, or for the end of the week: whatever is first."""

    async def run(self, event, step):
        order = event.payload["order"]
        name, value = await step.race(
            paid=step.wait_for_event("payment", "order.paid", where={"order": order}, timeout="30 days"),
            cancelled=step.wait_for_event("cancellation", "order.cancelled", where={"order": order}, timeout="30 days"),
            late=step.sleep("a week", "7 days"),
        )
        match name:
            case "paid":
                await step.do("ship", tools.shipping.label(order_id=order, carrier="post"))
                return {"state": "shipped", "amount": value.payload["amount"]}
            case "cancelled":
                why = value.payload.get("why", "no reason")
            case _:
                why = "not paid within a week"
        await step.do("cancel the order", tools.orders.cancel(id=order, reason=why))
        return {"state": "cancelled", "why": why}
