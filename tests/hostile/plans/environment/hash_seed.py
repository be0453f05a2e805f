# Another seed of hashes in each process: the order of a set of words is another one each time.
# layer: environment
# assume: policy, guards
# stopped: completed
from agentflow import Workflow

WITH_SEED_0 = 73185888260078124


class Plan(Workflow):
    async def run(self, event, step):
        return "the seed of every replay" if hash("agentflow") == WITH_SEED_0 else "ESCAPED with another order of sets"
