from agentflow import WaitTimeout, Workflow, tools


class Trial(Workflow):
    """Two weeks of trial for a customer."""

    async def run(self, event, step):
        company, email = event.payload["company"], event.payload["email"]
        workspace = await step.do("make a workspace", tools.workspaces.create(company=company, email=email))
        if await self.subscribed(step, "the first week", workspace["id"]):
            return {"subscribed": True}
        tips = "Invite a colleague, and import your data: then you see what it can do."
        await step.do("send tips", tools.mail.send(to=email, subject="A few tips", body=tips))
        if await self.subscribed(step, "the second week", workspace["id"]):
            return {"subscribed": True}
        await step.do("suspend it", tools.workspaces.suspend(id=workspace["id"]))
        body = "Your trial is over. Your data is kept."
        await step.do("tell them", tools.mail.send(to=email, subject="The end of your trial", body=body))
        return {"subscribed": False}

    async def subscribed(self, step, name, workspace):
        try:
            await step.wait_for_event(name, "subscription.started", where={"workspace": workspace}, timeout="7 days")
        except WaitTimeout:
            return False
        return True
