# An identifier that is made from the network card and the clock.
# layer: policy
# assume: guards, landlock, rlimits, seccomp
# stopped: AF003
from agentflow import Workflow
from uuid import uuid1


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED with " + str(uuid1())
