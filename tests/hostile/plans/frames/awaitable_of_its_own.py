# A class that can be awaited hands the scheduler whatever it likes.
# layer: policy
# stopped: AF002
from agentflow import Workflow


class Odd:
    def __await__(self):
        yield from ()
        return "ESCAPED as an awaitable"


class Plan(Workflow):
    async def run(self, event, step):
        return await Odd()
