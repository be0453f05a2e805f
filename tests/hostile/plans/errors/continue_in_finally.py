# A `continue` in a `finally` goes round again, whatever was raised.
# layer: policy
# stopped: AF002
from agentflow import Workflow

SEEN = []


async def loser(step):
    for number in range(2):
        SEEN.append(number)
        try:
            await step.wait_for_event("never", "never")
        finally:
            continue
    SEEN.append("ESCAPED the withdrawal")


class Plan(Workflow):
    async def run(self, event, step):
        await step.race(slow=loser(step), fast=step.sleep("fast", 0))
        return SEEN
