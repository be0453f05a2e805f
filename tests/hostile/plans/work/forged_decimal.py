# The same from a guest that checks no values any more.
# layer: host
# part: decimals
# assume: guards
# stopped: GuestError
# shows: blocked
from agentflow import Workflow, tools
from decimal import Decimal


class Plan(Workflow):
    async def run(self, event, step):
        grams = Decimal("29e2900000")
        return await step.do("weigh", tools.shop.weigh(grams=grams), retries={"limit": 0})
