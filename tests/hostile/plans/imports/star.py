# A star brings along every name that the module has.
# layer: policy
# stopped: AF003
from agentflow import Workflow
from json import *


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED " + dumps({})
