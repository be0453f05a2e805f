# A result of a thousand lists, one in the other: whoever walks it runs out of stack.
# layer: guards
# part: depth
# assume: host
# stopped: UsageError
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        found = "ESCAPED into the depth"
        for _ in range(100):
            found = [found]
        return found
