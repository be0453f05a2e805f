# The loop runs in a step's function, in an activation beside the run.
# layer: watchdog
# stopped: GuestLimit
# seconds: 0.25
from agentflow import Workflow


def work():
    for _ in range(40_000_000):
        pass
    return "ESCAPED after a long time"


class Plan(Workflow):
    async def run(self, event, step):
        return await step.do("work", work, retries={"limit": 0})
