# The kernel is asked whether a file is there: landlock allows that, and the answer tells something.
# layer: seccomp
# assume: policy, guards
# stopped: PermissionError
from agentflow import Workflow
import os


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED with " + str(os.stat("/etc/passwd").st_size)
