# A `return` in a `finally` swallows what ends the branch.
# layer: policy
# stopped: AF002
from agentflow import Workflow


async def stubborn(step):
    while True:
        try:
            await step.wait_for_event("never", "never")
        finally:
            return "ESCAPED the withdrawal"


SEEN = []


async def loser(step):
    SEEN.append(await stubborn(step))


class Plan(Workflow):
    async def run(self, event, step):
        await step.race(slow=loser(step), fast=step.sleep("fast", 0))
        return SEEN
