# The question is built and never asked; the payment follows anyway.
# layer: policy
# part: people
# assume: host
# stopped: AF302
from agentflow import Workflow, tools


class Plan(Workflow):
    async def run(self, event, step):
        step.wait_for_approval("agree", "A thousand?", call=tools.shop.pay(to="me", amount=1000))
        return await step.do("pay", tools.shop.pay(to="me", amount=1000))
