# An async generator is suspended in ways that the scheduler does not know.
# layer: policy
# stopped: AF002
from agentflow import Workflow


async def numbers():
    yield "ESCAPED from an async generator"


class Plan(Workflow):
    async def run(self, event, step):
        async for found in numbers():
            return found
