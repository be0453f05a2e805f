# An address in memory, another one in each process.
# layer: policy
# assume: guards
# stopped: AF002
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED at " + str(id(step))
