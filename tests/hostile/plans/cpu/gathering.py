# Awaiting something that is over at once never gives the turn back.
# layer: watchdog
# stopped: turn_seconds
# seconds: 0.25
from agentflow import Workflow, gather


class Plan(Workflow):
    async def run(self, event, step):
        for _ in range(300_000):
            await step.gather()
        return "ESCAPED after a long time"
