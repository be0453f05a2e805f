# Letters that Python reads as plain ones, and no list of names does.
# layer: policy
# stopped: AF001
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED " + str(().__ｃlass__)
