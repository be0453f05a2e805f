# A few letters for a number of three million digits: the host that makes an integer of it stands still.
# layer: guards
# part: decimals
# assume: host
# stopped: UsageError
# shows: blocked
from agentflow import Workflow, tools
from decimal import Decimal


class Plan(Workflow):
    async def run(self, event, step):
        return await step.do("weigh", tools.shop.weigh(grams=Decimal("1e3000000")), retries={"limit": 0})
