# A format field as wide as a number says.
# layer: rlimits
# stopped: guest_memory_mb
# memory: 128
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        width = 200_000_000
        return "ESCAPED with " + str(len(f"{'x':>{width}}"))
