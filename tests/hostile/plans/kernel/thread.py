# A thread goes on computing after the turn is over.
# layer: seccomp
# assume: policy, guards, rlimits
# stopped: deaths
from agentflow import Workflow
import threading


class Plan(Workflow):
    async def run(self, event, step):
        threading.Thread(target=len, args=("",)).start()
        return "ESCAPED into a thread"
