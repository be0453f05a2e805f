# Arguments that take a schema seconds to look through, and do not fit at their very end.
# layer: host
# part: aside
# stopped: ToolRefused
# shows: blocked
from agentflow import Workflow, tools


class Plan(Workflow):
    async def run(self, event, step):
        labels = ["a"] * 100_000
        labels.append(1)
        return await step.do("weigh", tools.shop.weigh(grams=1, labels=labels), retries={"limit": 0})
