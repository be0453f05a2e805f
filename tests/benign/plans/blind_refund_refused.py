from agentflow import ApprovalRejected, Workflow, tools


class RefundOrExplain(Workflow):
    """Refund an order if a person agrees; otherwise tell the customer why not."""

    async def run(self, event, step):
        order = await step.do("load the order", tools.orders.get(id=event.payload["order_id"]))
        customer = await step.do("load the customer", tools.customers.get(id=order["customer"]))
        refund = tools.payments.refund(order_id=order["id"], amount=order["total"])
        try:
            approval = await step.wait_for_approval(
                "approve the refund", f"Refund {refund.args['amount']} EUR for order {order['id']}?", call=refund
            )
        except ApprovalRejected as rejected:
            await step.do(
                "explain the refusal",
                tools.mail.send(
                    to=customer["email"].strip().lower(),
                    subject="Your request for a refund",
                    body="We cannot refund order {}: {}.".format(order["id"], rejected.reason or "no reason was given"),
                ),
            )
            return {"refunded": False}
        else:
            await step.do("refund the order", approval.call)
            return {"refunded": True}
