# A class of the library is given an attribute, which every other run sees.
# layer: guards
# stopped: TypeError
from agentflow import Workflow
from fractions import Fraction


class Plan(Workflow):
    async def run(self, event, step):
        Fraction.left_here = "ESCAPED to other runs"
        return Fraction.left_here
