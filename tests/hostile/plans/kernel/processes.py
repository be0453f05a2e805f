# The same where the filter of system calls is broken: the user has no process left.
# layer: rlimits
# assume: policy, guards, seccomp
# stopped: BlockingIOError
from agentflow import Workflow
import os


class Plan(Workflow):
    async def run(self, event, step):
        pid = os.fork()
        if pid == 0:
            os._exit(0)
        os.waitpid(pid, 0)
        return "ESCAPED into process " + str(pid)
