# The process makes itself more important, or others less.
# layer: seccomp
# assume: policy, guards
# stopped: deaths
from agentflow import Workflow
import os


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED with priority " + str(os.nice(1))
