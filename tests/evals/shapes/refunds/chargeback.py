from agentflow import ApprovalRejected, StepFailed, StepTimeout, Workflow, tools


class Chargeback(Workflow):
    """Lets the tool's own policy ask, within a block of three days."""

    async def run(self, event, step):
        dispute = await step.do("dispute", tools.disputes.get(id=event.payload["dispute_id"]))
        number = dispute["order_id"]
        order, proof, thread = await step.gather(
            step.do("order", tools.orders.get(id=number)),
            step.do("proof", tools.shipping.proof(order_id=number), retries={"limit": 2}),
            step.do("thread", tools.messages.thread(order_id=number)),
            return_exceptions=True,
        )
        evidence = {"order": order, "thread": [] if isinstance(thread, StepFailed) else thread}
        if not isinstance(proof, StepFailed):
            evidence["proof"] = proof
        try:
            async with step.timeout("3 days"):
                await step.do("contest", tools.disputes.submit(id=dispute["id"], evidence=evidence))
                note = "contested"
        except (ApprovalRejected, StepTimeout):
            await step.do("accept", tools.disputes.accept(id=dispute["id"]))
            note = "accepted"
        await step.do("note", tools.orders.note(id=number, text=note))
