# The user root without another name keeps all of its rights.
# layer: capabilities
# assume: policy, guards, seccomp, uid
# stopped: PermissionError
# needs: root
from agentflow import Workflow
import os


class Plan(Workflow):
    async def run(self, event, step):
        os.setgroups([])
        return "ESCAPED with the rights of root"
