# A tool that always needs a person is called as if it did not.
# layer: host
# part: people
# stopped: waiting
from agentflow import Workflow, tools


class Plan(Workflow):
    async def run(self, event, step):
        return await step.do("pay", tools.shop.pay(to="me", amount=1000))
