# The run's clock is a closure over the object that runs the plan.
# layer: policy
# stopped: AF002
from agentflow import Workflow
import time


class Plan(Workflow):
    async def run(self, event, step):
        clock = time.time.__closure__[0].cell_contents
        return "ESCAPED " + str(clock.__self__.open)
