# A list of so many numbers that each byte of the source becomes a kilobyte of tree.
# layer: policy
# stopped: AF001
# times: 330000
from agentflow import Workflow

FOUND = [@@1,@@]


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED"
