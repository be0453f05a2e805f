# A range costs nothing until somebody wants to have it.
# layer: rlimits
# stopped: guest_memory_mb
# memory: 128
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED with " + str(len(list(range(8_000_000))))
