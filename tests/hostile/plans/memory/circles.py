# Objects that hold each other are never freed, since nobody collects them.
# layer: rlimits
# stopped: guest_memory_mb
# memory: 128
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        count = 0
        for _ in range(1_200_000):
            one = []
            one.append([one])
            count += 1
        return "ESCAPED with " + str(count)
