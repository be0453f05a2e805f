# Where a signal can be sent at all, it reaches what belongs to the same user.
# layer: uid
# assume: policy, guards, seccomp, capabilities, landlock
# stopped: PermissionError
# needs: root
from agentflow import Workflow
import os


class Plan(Workflow):
    async def run(self, event, step):
        os.kill(event.payload["host"], 0)
        return "ESCAPED to the host"
