from agentflow import StepTimeout, Workflow, tools


class Trial(Workflow):
    """The mails go on beside the wait, which ends them."""

    async def run(self, event, step):
        email = event.payload["email"]
        made = await step.do("create", tools.workspaces.create(company=event.payload["company"], email=email))

        async def subscribed():
            await step.wait_for_event(
                "subscription", "subscription.started", where={"workspace": made["id"]}, timeout="15 days"
            )

        async def tips():
            await step.sleep("a week", "7 days")
            await step.do("tips", tools.mail.send(to=email, subject="Tips", body="Try this."))
            await step.sleep("forever", "30 days")

        try:
            async with step.timeout("14 days"):
                await step.race(subscribed=subscribed(), tips=tips())
                return {"subscribed": True}
        except StepTimeout:
            await step.do("suspend", tools.workspaces.suspend(id=made["id"]))
            await step.do("mail", tools.mail.send(to=email, subject="Suspended", body="It is over."))
            return {"subscribed": False}
