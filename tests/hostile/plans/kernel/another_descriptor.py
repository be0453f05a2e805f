# One descriptor more, by a call that every filter may forget.
# layer: rlimits
# assume: policy, guards, seccomp
# stopped: OSError
from agentflow import Workflow
import os


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED with descriptor " + str(os.dup(3))
