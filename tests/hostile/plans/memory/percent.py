# The old way of formatting takes its width from an argument.
# layer: rlimits
# stopped: guest_memory_mb
# memory: 128
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED with " + str(len("%*d" % (200_000_000, 1)))
