# Signs that turn the direction of text show people another line than the one that runs.
# layer: policy
# stopped: AF001
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        amount = 1 #‮ no more than this ⁦ 
        note = "‮ESCAPED the reader⁦"
        return note
