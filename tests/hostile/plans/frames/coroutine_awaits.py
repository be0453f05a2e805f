# A coroutine says what it waits for: objects of the scheduler.
# layer: policy
# stopped: AF002
from agentflow import Workflow


async def helper():
    return 1


class Plan(Workflow):
    async def run(self, event, step):
        waiting = helper()
        found = str(waiting.cr_await)
        await waiting
        return "ESCAPED " + found
