# A piece of memory by a number that other processes know.
# layer: seccomp
# assume: policy, guards
# stopped: deaths
from agentflow import Workflow
import ctypes


class Plan(Workflow):
    async def run(self, event, step):
        libc = ctypes.CDLL(None, use_errno=True)
        number = libc.shmget(0, 4096, 0o1600)
        return "ESCAPED with " + str(number) + " or error " + str(ctypes.get_errno())
