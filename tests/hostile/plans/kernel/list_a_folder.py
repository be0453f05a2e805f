# The names in a folder tell what is on the machine.
# layer: landlock
# assume: policy, guards, seccomp, rlimits, uid, capabilities
# stopped: PermissionError
from agentflow import Workflow
import os


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED with " + str(os.listdir(event.payload["folder"]))
