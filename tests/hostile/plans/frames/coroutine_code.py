# The code object of a coroutine lists constants and names of what it runs.
# layer: policy
# stopped: AF002
from agentflow import Workflow


async def helper():
    return 1


class Plan(Workflow):
    async def run(self, event, step):
        waiting = helper()
        found = waiting.cr_code.co_name
        await waiting
        return "ESCAPED " + found
