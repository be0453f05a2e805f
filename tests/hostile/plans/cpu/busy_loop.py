# A loop without an end.
# layer: watchdog
# stopped: turn_seconds
# seconds: 0.25
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        for _ in range(40_000_000):
            pass
        return "ESCAPED after a long time"
