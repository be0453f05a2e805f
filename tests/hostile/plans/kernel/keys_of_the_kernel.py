# The kernel keeps keys, for users and sessions.
# layer: seccomp
# assume: policy, guards
# stopped: deaths
from agentflow import Workflow
import ctypes


class Plan(Workflow):
    async def run(self, event, step):
        libc = ctypes.CDLL(None, use_errno=True)
        number = libc.syscall(248, b"user", b"agentflow", b"secret", 6, -2)
        return "ESCAPED with " + str(number) + " or error " + str(ctypes.get_errno())
