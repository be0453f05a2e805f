# A signal is sent to the host: the plan ends whoever judges it.
# layer: seccomp
# assume: policy, guards
# stopped: deaths
from agentflow import Workflow
import os


class Plan(Workflow):
    async def run(self, event, step):
        try:
            os.kill(event.payload["host"], 0)
        except PermissionError:
            return "ESCAPED as far as the kernel's own answer"
        return "ESCAPED to the host"
