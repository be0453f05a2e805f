# The system's module.
# layer: policy
# assume: guards
# stopped: AF003
from agentflow import Workflow
import os


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED " + os.name
