# A member of an allowed module that the library has for people, and not for plans.
# layer: policy
# assume: guards
# stopped: AF003
from agentflow import Workflow
from random import SystemRandom


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED " + str(SystemRandom().random())
