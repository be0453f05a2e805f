# A default argument is made once, and kept.
# layer: activation
# stopped: completed
# runs: 2
from agentflow import Workflow


def remember(value, seen=[]):
    seen.append(value)
    return seen


class Plan(Workflow):
    async def run(self, event, step):
        found = remember(event.id)
        return "ESCAPED from another run: " + str(found) if len(found) > 1 else "first"
