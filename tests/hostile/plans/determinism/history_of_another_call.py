# The second time the code is run, it asks for the same step with other arguments.
# layer: host
# part: history
# assume: policy, guards
# stopped: diverged
from agentflow import Workflow, tools
import sys


class Plan(Workflow):
    async def run(self, event, step):
        seen = getattr(sys, "seen_here", 0)
        sys.seen_here = seen + 1
        found = await step.do("look", tools.shop.look(value=seen))
        await step.sleep("let go", 0.2)
        return "ESCAPED: it was " + str(found) + " and now I ask for " + str(seen)
