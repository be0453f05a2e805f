# A step's name with signs that move the cursor of whoever reads it.
# layer: guards
# part: shapes
# assume: host
# stopped: UsageError
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        await step.sleep(chr(27) + "[2J" + "x" * 80 + "ESCAPED to the terminal", 0)
