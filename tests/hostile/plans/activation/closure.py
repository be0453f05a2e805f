# A closure that was made with the module counts on.
# layer: activation
# part: rules
# assume: policy
# stopped: completed
# runs: 2
from agentflow import Workflow


def counter():
    count = 0

    def more():
        nonlocal count
        count += 1
        return count

    return more


COUNT = counter()


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED from another run" if COUNT() > 1 else "first"
