# The process asks to be woken later: it needs no clock of the run.
# layer: seccomp
# assume: policy, guards
# stopped: deaths
from agentflow import Workflow
import time


class Plan(Workflow):
    async def run(self, event, step):
        time.sleep(0.01)
        return "ESCAPED into real time"
