# The error that ends the run takes its time to say what it is.
# layer: watchdog
# stopped: turn_seconds
# seconds: 0.25
from agentflow import Workflow


class Slow(Exception):
    def __str__(self):
        for _ in range(40_000_000):
            pass
        return "ESCAPED after a long time"


class Plan(Workflow):
    async def run(self, event, step):
        raise Slow()
