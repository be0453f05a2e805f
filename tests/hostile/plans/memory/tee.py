# `tee` keeps what one of its two readers has not read yet.
# layer: rlimits
# stopped: guest_memory_mb
# memory: 128
from agentflow import Workflow
import itertools


class Plan(Workflow):
    async def run(self, event, step):
        first, second = itertools.tee(range(5_000_000))
        return "ESCAPED with " + str(sum(1 for _ in first))
