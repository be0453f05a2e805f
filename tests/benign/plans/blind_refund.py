from datetime import timedelta

from agentflow import Workflow, tools


class RefundOrder(Workflow):
    """Refund an order in full once a person has agreed, and tell the customer two days later."""

    async def run(self, event, step):
        order = await step.do("load the order", tools.orders.get(id=event.payload["order_id"]))
        customer = await step.do("load the customer", tools.customers.get(id=order["customer"]))

        approval = await step.wait_for_approval(
            "approve the refund",
            f"Refund {order['total']} EUR to {customer['name']} for order {order['id']}?",
            call=tools.payments.refund(order_id=order["id"], amount=order["total"]),
        )
        receipt = await step.do("refund the order", approval.call, retries={"limit": 3, "delay": "30 seconds"})
        reference = receipt["reference"]

        await step.sleep("let the money arrive", timedelta(days=2))
        await step.do(
            "tell the customer",
            tools.mail.send(
                to=customer["email"].strip(),
                subject=f"Your refund for order {order['id']}",
                body=f"Dear {customer['name']},\n\nyour money is on its way. The reference is {reference}.\n",
            ),
        )
        return {"reference": reference}
