# The attributes of an object as a dict, where underscores are only text.
# layer: policy
# assume: guards
# stopped: AF002
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED " + str(sorted(vars(Workflow))[0])
