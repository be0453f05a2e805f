# The plan asks for the name of its module, to find itself among those of the process.
# layer: policy
# stopped: AF002
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED " + __name__
