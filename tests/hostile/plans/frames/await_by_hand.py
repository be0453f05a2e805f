# The iterator behind `await` yields the promises of the scheduler.
# layer: policy
# stopped: AF002
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        promise = next(step.sleep("x", 60).__await__())
        promise.keep()
        return "ESCAPED " + str(promise.kept)
