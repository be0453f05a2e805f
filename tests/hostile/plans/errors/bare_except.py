# A bare `except` catches the signal that withdraws the loser of a race.
# layer: policy
# stopped: AF002
from agentflow import Workflow

SEEN = []


async def loser(step):
    try:
        await step.wait_for_event("never", "never")
    except:
        SEEN.append("ESCAPED withdrawal")


class Plan(Workflow):
    async def run(self, event, step):
        await step.race(slow=loser(step), fast=step.sleep("fast", 0))
        return SEEN
