# The combinations of a few hundred things.
# layer: watchdog
# stopped: turn_seconds
# seconds: 0.25
from agentflow import Workflow
import itertools


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED after " + str(sum(1 for _ in itertools.product(range(310), repeat=3)))
