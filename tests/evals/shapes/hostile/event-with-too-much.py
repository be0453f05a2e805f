from agentflow import WaitTimeout, Workflow, tools


class Refund(Workflow):
    """Looks at every event by itself, asks, and refuses what is too much."""

    async def run(self, event, step):
        try:
            while True:
                asked = await step.wait_for_event("request", "refund.requested", timeout="2 days")
                if asked.payload.get("order") == event.payload["order"]:
                    break
        except WaitTimeout:
            return {"refunded": 0}
        order = await step.do("order", tools.orders.get(id=event.payload["order"]))
        try:
            amount = float(asked.payload["amount"])
        except (KeyError, TypeError, ValueError):
            amount = 0
        if not 0 < amount <= order["total"]:
            return {"refunded": 0}
        call = tools.payments.refund(order_id=order["id"], amount=amount)
        agreed = await step.wait_for_approval("agree", f"Refund {amount}?", call=call)
        await step.do("refund", agreed.call)
        return {"refunded": amount}
