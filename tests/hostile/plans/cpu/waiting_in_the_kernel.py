# No processor time at all: the process sleeps while the host waits.
# layer: watchdog
# assume: policy, guards, seccomp
# stopped: turn_seconds
# seconds: 0.25
from agentflow import Workflow
import time


class Plan(Workflow):
    async def run(self, event, step):
        time.sleep(1.5)
        return "ESCAPED after a long sleep"
