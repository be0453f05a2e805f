from agentflow import Workflow, tools


class SettleRefund(Workflow):
    """Refund an order once a person has agreed."""

    async def run(self, event, step):
        order = await step.do("load order", tools.orders.get(id=event.payload["order_id"]))
        refund = tools.payments.refund(order_id=order["id"], amount=order["total"])
        if order["total"] > 100:
            approval = await step.wait_for_approval(
                "large refund", f"Refund {order['total']} EUR to {order['email']}?", call=refund
            )
            refund = approval.call
        receipt = await step.do("refund", refund, retries={"limit": 3, "delay": "10 seconds"}, timeout="2 minutes")
        await step.sleep("let it clear", "2 days")
        await step.do(
            "tell the customer",
            tools.mail.send(to=order["email"], subject="Your refund", body=receipt["reference"]),
        )
        return {"reference": receipt["reference"]}
