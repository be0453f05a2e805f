from agentflow import ApprovalExpired, ApprovalRejected, Workflow, tools


class GiveLicence(Workflow):
    """Give somebody a licence, bought if need be."""

    async def run(self, event, step):
        user, product = event.payload["user"], event.payload["product"]
        free = await step.do("count free licences", tools.licences.free(product=product))
        if free["count"] < 1:
            try:
                approval = await step.wait_for_approval(
                    "may it be bought",
                    f"Buy a licence of {product} for {user}?",
                    call=tools.licences.buy(product=product, count=1),
                )
            except (ApprovalRejected, ApprovalExpired):
                body = f"There is no licence of {product} for you; you will have to do without."
                tell = tools.mail.send(to=event.payload["email"], subject=product, body=body)
                await step.do("tell them", tell)
                return {"assigned": False}
            await step.do("buy one", approval.call)
        await step.do("assign it", tools.licences.assign(product=product, user=user))
        return {"assigned": True}
