# Each letter of a text is replaced by a long one.
# layer: rlimits
# stopped: guest_memory_mb
# memory: 128
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED with " + str(len(("x" * 20_000).replace("x", "y" * 10_000)))
