from agentflow import PlanFailed, StepFailed, Workflow, tools


class Exchange(Workflow):
    """Undoes by hand what was done, and refunds last."""

    async def run(self, event, step):
        number = event.payload["order_id"]
        order = await step.do("load order", tools.orders.get(id=number))
        reserve = tools.stock.reserve(sku=event.payload["new_sku"], count=1)
        reserved = await step.do("reserve", reserve)
        send = tools.shipping.send(reservation=reserved["id"], order_id=number)
        for _ in range(3):
            try:
                parcel = await step.do("send", send, retries={"limit": 0})
                break
            except StepFailed:
                await step.sleep("wait for the carrier", "1 minute")
        else:
            await step.do("release", tools.stock.release(id=reserved["id"]))
            raise PlanFailed("the carrier does not take it")
        if event.payload["price_difference"] > 0:
            refund = tools.payments.refund(order_id=number, amount=event.payload["price_difference"])
            await step.do("refund", refund)
        mail = tools.mail.send(to=order["email"], subject="Exchange", body=f"Tracking: {parcel['tracking']}")
        await step.do("mail", mail)
