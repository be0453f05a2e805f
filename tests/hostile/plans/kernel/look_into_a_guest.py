# A process of the same user looks into this one: the kernel asks whether it lets itself be looked into.
# layer: dumpable
# assume: policy, guards, seccomp, uid
# stopped: PermissionError
from agentflow import Workflow
import ctypes
import os


class Plan(Workflow):
    async def run(self, event, step):
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(3, 0, 0, 0, 0) == 0:
            raise PermissionError("nobody may look into this process")
        return "ESCAPED: anybody of this user may look into it"
