# The run's own generator is seeded anew by the operating system.
# layer: guards
# stopped: TypeError
from agentflow import Workflow
import random


class Plan(Workflow):
    async def run(self, event, step):
        random.seed()
        return "ESCAPED with " + str(random.random())
