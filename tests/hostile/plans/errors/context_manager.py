# A context manager of the plan's own swallows every error of its block, the signals too.
# layer: policy
# stopped: AF002
from agentflow import Workflow

SEEN = []


class Deaf:
    async def __aenter__(self):
        return self

    async def __aexit__(self, *error):
        SEEN.append("ESCAPED the withdrawal")
        return True


async def loser(step):
    async with Deaf():
        await step.wait_for_event("never", "never")


class Plan(Workflow):
    async def run(self, event, step):
        await step.race(slow=loser(step), fast=step.sleep("fast", 0))
        return SEEN
