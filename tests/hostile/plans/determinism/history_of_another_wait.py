# The second time it sleeps for another time, under the same name.
# layer: host
# part: history
# assume: policy, guards
# stopped: diverged
from agentflow import Workflow, tools
import sys


class Plan(Workflow):
    async def run(self, event, step):
        seen = getattr(sys, "slept_here", 0)
        sys.slept_here = seen + 1
        await step.do("look", tools.shop.look(value=1))
        await step.sleep("let go", 0.2 + seen)
        await step.sleep("again", 0.01)
        return "ESCAPED after sleeps of another length" if seen else "no"
