from agentflow import Workflow, tools


class LeadPoller(Workflow):
    """Go through the leads, a page in each generation, and carry the sums along."""

    async def run(self, event, step):
        cursor, seen, staff = (event.payload.get(key, 0) for key in ("cursor", "seen", "staff"))
        page = await step.do("page of leads", tools.crm.leads(cursor=cursor, size=event.payload["size"]))
        seen += len(page["leads"])
        staff += sum(lead["staff"] for lead in page["leads"])
        if page["next"] is not None:
            await step.sleep("be gentle", "5 minutes")
            await step.continue_as_new({**event.payload, "cursor": page["next"], "seen": seen, "staff": staff})
        return {"seen": seen, "staff": staff}
