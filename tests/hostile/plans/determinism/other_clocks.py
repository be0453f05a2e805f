# A clock that nobody has replaced.
# layer: policy
# assume: guards
# stopped: AF003
from agentflow import Workflow
from time import monotonic


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED at " + str(monotonic())
