# A file of the user who runs the host.
# layer: landlock
# assume: policy, guards, seccomp, rlimits, uid, capabilities
# stopped: PermissionError
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        return open(event.payload["file"]).read()
