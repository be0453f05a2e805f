# The process becomes the user again that started it.
# layer: uid
# assume: policy, guards, seccomp, capabilities
# stopped: PermissionError
# needs: root
from agentflow import Workflow
import os


class Plan(Workflow):
    async def run(self, event, step):
        os.setresuid(0, 0, 0)
        return "ESCAPED as user " + str(os.getuid())
