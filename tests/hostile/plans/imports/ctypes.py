# The library's way to any function of the C library.
# layer: policy
# assume: guards
# stopped: AF003
from agentflow import Workflow
import ctypes


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED " + str(ctypes.CDLL(None).getpid())
