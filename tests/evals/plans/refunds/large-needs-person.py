from agentflow import ApprovalRejected, Workflow, tools


class Refund(Workflow):
    """Refund an order; a person agrees to what is large."""

    async def run(self, event, step):
        order = await step.do("load order", tools.orders.get(id=event.payload["order_id"]))
        refund = tools.payments.refund(order_id=order["id"], amount=order["total"])
        if order["total"] > 100:
            try:
                question = f"Refund {order['total']} EUR of order {order['id']}?"
                refund = (await step.wait_for_approval("agree to the large refund", question, call=refund)).call
            except ApprovalRejected as rejected:
                body = f"We cannot refund your order {order['id']}: {rejected.reason}"
                await step.do("decline", tools.mail.send(to=order["email"], subject="Your refund", body=body))
                return {"refunded": False}
        receipt = await step.do("refund", refund)
        body = f"Your refund is on its way. Its reference is {receipt['reference']}."
        await step.do("tell the customer", tools.mail.send(to=order["email"], subject="Your refund", body=body))
        return {"refunded": True, "reference": receipt["reference"]}
