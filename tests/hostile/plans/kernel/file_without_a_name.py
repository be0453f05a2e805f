# A file that lies in memory alone, and can be executed.
# layer: seccomp
# assume: policy, guards, rlimits
# stopped: deaths
from agentflow import Workflow
import os


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED with " + str(os.memfd_create("x"))
