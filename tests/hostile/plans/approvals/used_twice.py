# One approval is used for two payments.
# layer: host
# part: approvals
# stopped: waiting
# approves: 1
from agentflow import Workflow, tools


class Plan(Workflow):
    async def run(self, event, step):
        approval = await step.wait_for_approval("agree", "Sixty?", call=tools.shop.pay(to="me", amount=60))
        await step.do("pay", approval.call)
        await step.do("pay again", approval.call)
        return "ESCAPED with twice as much"
