from agentflow import ApprovalExpired, ApprovalRejected, StepFailed, Workflow, tools


class Chargeback(Workflow):
    """Contest a chargeback with evidence, or accept it."""

    async def run(self, event, step):
        dispute = await step.do("load the dispute", tools.disputes.get(id=event.payload["dispute_id"]))
        number = dispute["order_id"]
        order, proof, thread = await step.gather(
            step.do("load order", tools.orders.get(id=number)),
            self.proof(step, number),
            step.do("read messages", tools.messages.thread(order_id=number)),
        )
        contest = tools.disputes.submit(
            id=dispute["id"], evidence={"order": order, "proof_of_delivery": proof, "messages": thread}
        )
        try:
            approval = await step.wait_for_approval(
                "contest it?",
                f"Contest the chargeback of {dispute['amount']} EUR ({dispute['reason']})?",
                call=contest,
                timeout="3 days",
            )
        except (ApprovalRejected, ApprovalExpired):
            await step.do("accept it", tools.disputes.accept(id=dispute["id"]))
            done = "accepted"
        else:
            await step.do("contest it", approval.call)
            done = "contested"
        await step.do("note it", tools.orders.note(id=number, text=f"Chargeback {dispute['id']}: {done}"))
        return {"done": done}

    async def proof(self, step, number):
        try:
            return await step.do("get the proof", tools.shipping.proof(order_id=number), retries={"limit": 3})
        except StepFailed:
            return None
