# Decimal numbers of a million digits.
# layer: watchdog
# stopped: turn_seconds
# seconds: 0.25
from agentflow import Workflow
from decimal import Decimal, getcontext


class Plan(Workflow):
    async def run(self, event, step):
        getcontext().prec = 200_000
        return "ESCAPED after " + str(len(str(1 / Decimal(7).sqrt())))
