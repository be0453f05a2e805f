# Memory that can be written and executed holds code that no interpreter reads.
# layer: seccomp
# assume: policy, guards
# stopped: deaths
from agentflow import Workflow
import mmap


class Plan(Workflow):
    async def run(self, event, step):
        found = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        return "ESCAPED with " + str(len(found)) + " bytes of code"
