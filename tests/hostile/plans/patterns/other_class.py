# A pattern of a class of the plan reads fields of whatever pretends to be one.
# layer: policy
# stopped: AF002
from agentflow import Workflow


class Pair:
    left = "ESCAPED by a pattern"


class Plan(Workflow):
    async def run(self, event, step):
        match Pair():
            case Pair(left=found):
                return found
