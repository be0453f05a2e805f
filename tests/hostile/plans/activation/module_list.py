# A list of the module keeps what an earlier run put in.
# layer: activation
# stopped: completed
# runs: 2
from agentflow import Workflow

SEEN = []


class Plan(Workflow):
    async def run(self, event, step):
        if SEEN:
            return "ESCAPED from another run: " + str(SEEN)
        SEEN.append(event.id)
        return "first"
