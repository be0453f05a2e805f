# The memory of the host is read without a debugger.
# layer: seccomp
# assume: policy, guards
# stopped: deaths
from agentflow import Workflow
import ctypes


class Plan(Workflow):
    async def run(self, event, step):
        libc = ctypes.CDLL(None, use_errno=True)
        libc.process_vm_readv(event.payload["host"], None, 0, None, 0, 0)
        return "ESCAPED as far as error " + str(ctypes.get_errno())
