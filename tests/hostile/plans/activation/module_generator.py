# A generator of the module goes on where the last run left it.
# layer: activation
# part: rules
# assume: policy
# stopped: completed
# runs: 2
from agentflow import Workflow
import itertools

NUMBERS = itertools.count()


class Plan(Workflow):
    async def run(self, event, step):
        number = next(NUMBERS)
        return "ESCAPED from another run: " + str(number) if number else "first"
