# All errors have one root, and the signals of the scheduler have it, too.
# layer: policy
# assume: guards
# stopped: AF002
from agentflow import Workflow

SEEN = []


async def loser(step):
    try:
        await step.wait_for_event("never", "never")
    except BaseException:
        SEEN.append("ESCAPED withdrawal")


class Plan(Workflow):
    async def run(self, event, step):
        await step.race(slow=loser(step), fast=step.sleep("fast", 0))
        return SEEN
