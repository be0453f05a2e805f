# The order of a class's bases is there by a method without underscores, too.
# layer: policy
# stopped: AF002
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED " + str([found.mro for found in (bool, int)][0]())
