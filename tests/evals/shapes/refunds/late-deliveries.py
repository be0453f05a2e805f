from agentflow import Workflow, tools


class Late(Workflow):
    """Lets a no end the run."""

    async def run(self, event, step):
        found = await step.do("delayed", tools.orders.delayed(day=event.payload["day"]))
        calls = [
            tools.payments.refund(order_id=order["id"], amount=order["shipping"], reason="it was late")
            for order in filter(lambda order: order["days_late"] > 3, found)
        ]
        if calls:
            agreed = await step.wait_for_approval("refunds", "Refund all of these?", call=calls)
            for call in agreed.calls:
                await step.do("refund", call)
        return {"refunded": len(calls), "of": len(found)}
