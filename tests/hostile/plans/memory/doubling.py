# A list that doubles until nothing is left.
# layer: rlimits
# stopped: guest_memory_mb
# memory: 128
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        found = [None]
        while len(found) < 30_000_000:
            found += found
        return "ESCAPED with " + str(len(found))
