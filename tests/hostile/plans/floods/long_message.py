# A message of progress that fills the page.
# layer: guards
# part: shapes
# assume: host
# stopped: UsageError
from agentflow import Workflow, tools


class Plan(Workflow):
    async def run(self, event, step):
        await step.progress("x" * 2000 + "ESCAPED")
        return await step.do("look", tools.shop.look(value=1))
