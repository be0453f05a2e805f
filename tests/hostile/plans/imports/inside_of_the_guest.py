# The guest's own modules have names, too.
# layer: policy
# assume: guards
# stopped: AF003
from agentflow import Workflow
from agentflow.guest import running


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED " + str(running.running().open)
