# A class whose instances are something else.
# layer: policy
# stopped: AF002
from agentflow import Workflow


class Other:
    def __new__(cls):
        return "ESCAPED by another constructor"


class Plan(Workflow):
    async def run(self, event, step):
        return Other()
