# A step's name of a hundred thousand letters.
# layer: guards
# part: shapes
# assume: host
# stopped: UsageError
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        await step.sleep("x" * 100_000 + "ESCAPED", 0)
