from agentflow import WaitTimeout, Workflow, tools


class SupportAnswer(Workflow):
    """Answer a ticket and follow it until it is solved, or silent."""

    max_rounds = 3

    async def run(self, event, step):
        ticket = event.payload["ticket"]
        await step.do("answer", tools.tickets.comment(id=ticket, text=event.payload["text"]))
        await step.do("set it to waiting", tools.tickets.update(id=ticket, status="waiting"))

        rounds, why = 0, "rounds"
        while rounds < self.max_rounds:
            try:
                reply = await step.wait_for_event(
                    "the customer's reply", "ticket.reply", where={"ticket": ticket}, timeout="5 days"
                )
            except WaitTimeout:
                why = "silence"
                break
            rounds += 1
            if reply.payload["solved"]:
                why = "solved"
                break
            await step.do("say that we look", tools.tickets.comment(id=ticket, text="We look into it."))

        await step.do("close the ticket", tools.tickets.update(id=ticket, status="closed"))
        return {"rounds": rounds, "closed_because": why}
