# A cache gives the second run what the first one had computed.
# layer: activation
# stopped: completed
# runs: 2
from agentflow import Workflow
import functools


@functools.lru_cache
def once(key, identity):
    return []


class Plan(Workflow):
    async def run(self, event, step):
        found = once("key", 1)
        found.append(event.id)
        return "ESCAPED from another run: " + str(found) if len(found) > 1 else "first"
