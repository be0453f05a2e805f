# The loop runs when the module is read, before there is a turn.
# layer: watchdog
# assume: policy
# stopped: turn_seconds
# seconds: 0.25
from agentflow import Workflow

TOTAL = sum(1 for _ in range(30_000_000))


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED after " + str(TOTAL)
