# One text of two hundred million letters.
# layer: rlimits
# stopped: guest_memory_mb
# memory: 128
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED with " + str(len("x" * (event.payload["port"] and 200_000_000)))
