# Keys that all have one hash, since the seed of hashes is known.
# layer: watchdog
# stopped: turn_seconds
# seconds: 0.25
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        count = 20_000
        found = {number * (2**61 - 1) for number in range(count)}
        return "ESCAPED after " + str(len(found))
