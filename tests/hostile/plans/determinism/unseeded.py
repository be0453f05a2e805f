# A generator without a seed asks the operating system.
# layer: guards
# stopped: TypeError
from agentflow import Workflow
from random import Random


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED with " + str(Random().random())
