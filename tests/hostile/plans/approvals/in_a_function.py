# A step's function calls a tool that needs a person: nobody could be asked in the middle of it.
# layer: host
# part: people
# assume: policy
# stopped: ToolError
from agentflow import Workflow, tools


async def work():
    return await tools.shop.pay(to="me", amount=1000)


class Plan(Workflow):
    async def run(self, event, step):
        return await step.do("work", work, retries={"limit": 0})
