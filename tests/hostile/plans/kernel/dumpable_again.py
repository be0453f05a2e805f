# What the process has given up is asked back.
# layer: seccomp
# assume: policy, guards
# stopped: deaths
from agentflow import Workflow
import ctypes


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED with " + str(ctypes.CDLL(None).prctl(4, 1, 0, 0, 0))
