# The precision of decimal numbers belongs to the thread, and not to the one who set it.
# layer: activation
# stopped: completed
# runs: 2
from agentflow import Workflow
from decimal import Decimal, getcontext


class Plan(Workflow):
    async def run(self, event, step):
        if getcontext().prec != 28:
            return "ESCAPED from another run: " + str(Decimal(1) / 3)
        getcontext().prec = 3
        return "first"
