# The clock of the machine goes on in the middle of a turn.
# layer: guards
# stopped: completed
from agentflow import Workflow
import time


class Plan(Workflow):
    async def run(self, event, step):
        first = time.time()
        for _ in range(100_000):
            if time.time() != first:
                return "ESCAPED into real time"
        return "the run's time"
