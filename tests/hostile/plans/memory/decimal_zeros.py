# A decimal number with a giant exponent is written out.
# layer: rlimits
# stopped: guest_memory_mb
# memory: 128
from agentflow import Workflow
from decimal import Decimal


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED with " + str(len(f"{Decimal('1e200000000'):f}"))
