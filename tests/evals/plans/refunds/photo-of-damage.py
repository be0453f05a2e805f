from agentflow import WaitTimeout, Workflow, tools


class Damage(Workflow):
    """Refund what came broken, once there is a photo of it."""

    async def run(self, event, step):
        number, case = event.payload["order_id"], event.payload["case_id"]
        order = await step.do("load order", tools.orders.get(id=number))
        body = f"We are sorry about your order {number}. Please send us a photo of what is broken."
        await step.do("ask for a photo", tools.mail.send(to=order["email"], subject="A photo, please", body=body))
        try:
            await step.wait_for_event("the photo", "photo.uploaded", where={"order": number}, timeout="5 days")
        except WaitTimeout:
            await step.do("close without a photo", tools.cases.close(id=case, outcome="no_photo"))
            return {"refunded": False}
        await step.do("refund", tools.payments.refund(order_id=number, amount=order["total"]))
        await step.do("close as refunded", tools.cases.close(id=case, outcome="refunded"))
        return {"refunded": True}
