# A number of a thousand million bits.
# layer: rlimits
# stopped: guest_memory_mb
# memory: 128
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        n = 1_200_000_000
        return "ESCAPED with " + str((1 << n).bit_length())
