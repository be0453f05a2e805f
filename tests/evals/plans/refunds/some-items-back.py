from agentflow import StepFailed, Workflow, tools


class ItemsBack(Workflow):
    """Book returned goods in and refund their price."""

    async def run(self, event, step):
        order = await step.do("load order", tools.orders.get(id=event.payload["order_id"]))
        prices = {item["sku"]: item["price"] for item in order["items"]}
        total, lost = 0.0, []
        for item in event.payload["returned"]:
            total += prices[item["sku"]] * item["count"]
            take = tools.stock.take_back(sku=item["sku"], count=item["count"], order_id=order["id"])
            try:
                await step.do(f"book in {item['sku']}", take, retries={"limit": 2})
            except StepFailed as failed:
                lost.append(f"{item['sku']} ({failed.message})")
        await step.do("refund", tools.payments.refund(order_id=order["id"], amount=round(total, 2)))
        if lost:
            note = tools.orders.note(id=order["id"], text=f"Not booked into stock: {', '.join(lost)}")
            await step.do("note what could not be booked in", note)
        return {"refunded": round(total, 2)}
