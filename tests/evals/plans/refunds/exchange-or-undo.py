from agentflow import Workflow, tools


class Exchange(Workflow):
    """Send another article; nothing stays if it cannot be sent."""

    async def run(self, event, step):
        number, difference = event.payload["order_id"], event.payload["price_difference"]
        order = await step.do("load order", tools.orders.get(id=number))
        reserved = await step.do(
            "put it aside",
            tools.stock.reserve(sku=event.payload["new_sku"], count=1),
            rollback=lambda result: tools.stock.release(id=result["id"]),
        )
        if difference > 0:
            await step.do(
                "refund the difference",
                tools.payments.refund(order_id=number, amount=difference),
                rollback=lambda result: tools.payments.cancel_refund(reference=result["reference"]),
            )
        parcel = await step.do(
            "hand it to the carrier",
            tools.shipping.send(reservation=reserved["id"], order_id=number),
            retries={"limit": 2, "delay": "5 minutes"},
        )
        body = f"Your parcel is on its way: {parcel['tracking']}"
        await step.do("tell the customer", tools.mail.send(to=order["email"], subject="Your exchange", body=body))
        return {"tracking": parcel["tracking"]}
