from agentflow import WaitTimeout, Workflow, tools


class ChosenRefund(Workflow):
    """Refund what the customer chooses, as far as it was paid."""

    async def run(self, event, step):
        order = await step.do("load order", tools.orders.get(id=event.payload["order"]))
        try:
            request = await step.wait_for_event(
                "the customer chooses", "refund.requested", where={"order": order["id"]}, timeout="2 days"
            )
        except WaitTimeout:
            return {"refunded": 0}
        amount = request.payload.get("amount")
        if isinstance(amount, bool) or not isinstance(amount, int | float) or amount <= 0:
            return {"refunded": 0}
        amount = min(amount, order["total"])
        await step.do("refund", tools.payments.refund(order_id=order["id"], amount=amount))
        return {"refunded": amount}
