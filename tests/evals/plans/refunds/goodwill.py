from agentflow import Workflow, tools


class Goodwill(Workflow):
    """Let the team choose what an angry customer gets."""

    async def run(self, event, step):
        order = await step.do("load order", tools.orders.get(id=event.payload["order_id"]))
        choice = await step.ask(
            "what do they get",
            f"Order {order['id']} ({order['total']} EUR) came late, and the customer is angry. What do they get?",
            ["refund", "voucher", "nothing"],
            default="voucher",
            timeout="2 days",
        )
        if choice == "nothing":
            return {"given": choice}
        if choice == "refund":
            await step.do("refund", tools.payments.refund(order_id=order["id"], amount=order["total"]))
            body = f"We have sent you {order['total']} EUR back."
        else:
            voucher = await step.do("make a voucher", tools.vouchers.create(email=order["email"], amount=10))
            body = f"Here is a voucher over 10 EUR: {voucher['code']}"
        await step.do("tell the customer", tools.mail.send(to=order["email"], subject="We are sorry", body=body))
        return {"given": choice}
