# A handler catches the signals that would end the process.
# layer: seccomp
# assume: policy, guards
# stopped: PermissionError
from agentflow import Workflow
import signal


class Plan(Workflow):
    async def run(self, event, step):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        return "ESCAPED its own end"
