from agentflow import PlanFailed, Workflow, tools


class Reader(Workflow):
    """Read one page and count its words."""

    async def run(self, event, step):
        url = event.payload["url"]
        page = await step.do("fetch", tools.web.fetch(url=url), retries={"limit": 3, "delay": "1 minute"})
        if page["status"] != 200:
            raise PlanFailed(f"{url} is not there")
        await step.sleep("read it", "10 minutes")
        return {"url": url, "words": len(page["text"].split())}
