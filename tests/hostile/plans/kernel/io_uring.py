# A ring of requests through which the kernel does what no filter sees.
# layer: seccomp
# assume: policy, guards, rlimits
# stopped: deaths
from agentflow import Workflow
import ctypes


class Plan(Workflow):
    async def run(self, event, step):
        libc = ctypes.CDLL(None, use_errno=True)
        ring = libc.syscall(425, 8, ctypes.create_string_buffer(120))
        return "ESCAPED with " + str(ring) + " or error " + str(ctypes.get_errno())
