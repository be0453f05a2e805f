from agentflow import Workflow, tools


class CountTwice(Workflow):
    """Count an article, and again a minute later, on whichever worker is there then."""

    async def run(self, event, step):
        first = await step.do("count", tools.stock.count(article=event.payload["article"]))
        await step.sleep("wait", "1 minute")
        again = await step.do("count", tools.stock.count(article=event.payload["article"]))
        return {"first": first, "again": again}
