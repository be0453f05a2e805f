# The kernel shows the environment of another process as a file.
# layer: landlock
# assume: policy, guards, seccomp, rlimits, uid, capabilities, dumpable, namespaces
# stopped: PermissionError
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED with " + str(len(open("/proc/" + str(event.payload["host"]) + "/environ", "rb").read()))
