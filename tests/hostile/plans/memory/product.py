# `product` keeps all of its arguments before it gives the first tuple.
# layer: rlimits
# stopped: guest_memory_mb
# memory: 128
from agentflow import Workflow
import itertools


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED with " + str(next(itertools.product(range(8_000_000))))
