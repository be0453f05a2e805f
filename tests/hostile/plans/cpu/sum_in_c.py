# A loop that runs inside of a built-in function.
# layer: watchdog
# stopped: turn_seconds
# seconds: 0.25
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED after " + str(sum(range(60_000_000)))
