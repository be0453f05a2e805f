# The C module under a module of the library has another name, and no facade.
# layer: policy
# assume: guards
# stopped: AF003
from agentflow import Workflow
from _io import open


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED " + str(open)
