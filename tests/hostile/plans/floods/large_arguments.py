# An argument of two mebibytes.
# layer: guards
# part: sizes
# assume: host
# stopped: UsageError
from agentflow import Workflow, tools


class Plan(Workflow):
    async def run(self, event, step):
        return len(await step.do("look", tools.shop.look(value="ESCAPED" + "x" * 2_000_000), retries={"limit": 0}))
