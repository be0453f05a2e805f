# A second process, which no clock of the host looks at.
# layer: seccomp
# assume: policy, guards, rlimits
# stopped: deaths
from agentflow import Workflow
import os


class Plan(Workflow):
    async def run(self, event, step):
        pid = os.fork()
        if pid == 0:
            os._exit(0)
        return "ESCAPED into process " + str(pid)
