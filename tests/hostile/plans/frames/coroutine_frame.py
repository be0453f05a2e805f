# A coroutine holds its frame.
# layer: policy
# stopped: AF002
from agentflow import Workflow


async def helper():
    return 1


class Plan(Workflow):
    async def run(self, event, step):
        waiting = helper()
        found = waiting.cr_frame.f_globals["__name__"]
        await waiting
        return "ESCAPED " + found
