# Each step is answered at once, and followed by the next.
# layer: host
# part: steps
# stopped: steps
from agentflow import Workflow, tools


class Plan(Workflow):
    async def run(self, event, step):
        for number in range(60):
            await step.do("look", tools.shop.look(value=number))
        return "ESCAPED with more steps than a run may have"
