# A debugger reads and writes the memory of another process.
# layer: seccomp
# assume: policy, guards
# stopped: deaths
from agentflow import Workflow
import ctypes
import os


class Plan(Workflow):
    async def run(self, event, step):
        libc = ctypes.CDLL(None, use_errno=True)
        libc.ptrace(16, os.getppid(), None, None)
        return "ESCAPED as far as error " + str(ctypes.get_errno())
