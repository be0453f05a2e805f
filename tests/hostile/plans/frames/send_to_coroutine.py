# The plan drives a coroutine by hand, and so gets the promise that only the scheduler may keep.
# layer: guards
# part: rules
# assume: policy
# stopped: AttributeError
from agentflow import Workflow, tools


async def waits(step):
    return await step.do("look", tools.shop.look(value=1))


class Plan(Workflow):
    async def run(self, event, step):
        running = waits(step)
        promise = running.send(None)
        promise.keep({"forged": "ESCAPED without a step"})
        try:
            running.send(None)
        except StopIteration as end:
            return end.value
