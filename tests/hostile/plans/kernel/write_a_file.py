# A file is written into a folder of the host.
# layer: landlock
# assume: policy, guards, seccomp, rlimits, uid, capabilities
# stopped: PermissionError
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        with open(event.payload["folder"] + "/from_a_plan.txt", "w") as file:
            file.write("x")
        return "ESCAPED into a file"
