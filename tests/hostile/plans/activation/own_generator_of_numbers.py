# A seeded generator of the module gives the second run other numbers than the first.
# layer: activation
# part: rules
# assume: policy
# stopped: completed
# runs: 2
from agentflow import Workflow
import random

DICE = random.Random(1)
FIRST = 0.13436424411240122


class Plan(Workflow):
    async def run(self, event, step):
        return "first" if DICE.random() == FIRST else "ESCAPED: another run has rolled"
