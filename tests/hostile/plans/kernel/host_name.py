# The kernel says on which machine this is, and of which version it is.
# layer: seccomp
# assume: policy, guards
# stopped: deaths
from agentflow import Workflow
import os


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED on " + os.uname().release
