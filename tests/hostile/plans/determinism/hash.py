# The hash of an object is made from its address.
# layer: policy
# assume: guards
# stopped: AF002
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED at " + str(hash(object()))
