# A generator holds its frame, and that leads to the frames below it.
# layer: policy
# stopped: AF002
from agentflow import Workflow


def numbers():
    yield 1


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED " + str(numbers().gi_frame.f_globals["_write_"])
