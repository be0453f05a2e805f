from agentflow import ApprovalExpired, Workflow, tools


class Goodwill(Workflow):
    """Has no default, and decides by `match`."""

    async def run(self, event, step):
        order = await step.do("load order", tools.orders.get(id=event.payload["order_id"]))
        email = order["email"]
        try:
            choice = await step.ask("choose", "What now?", ["refund", "voucher", "nothing"], timeout="48 hours")
        except ApprovalExpired:
            choice = "voucher"
        match choice:
            case "refund":
                done = await step.do("refund", tools.payments.refund(order_id=order["id"], amount=order["total"]))
                text = f"Your refund: {done['reference']}"
            case "voucher":
                done = await step.do("voucher", tools.vouchers.create(email=email, amount=10.0))
                text = f"Your voucher: {done['code']}"
            case _:
                return
        await step.do("mail", tools.mail.send(to=email, subject="Sorry", body=text))
