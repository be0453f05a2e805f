# A dict in a class is one dict for all instances, of all runs.
# layer: activation
# stopped: completed
# runs: 2
from agentflow import Workflow


class Shelf:
    kept = {}


class Plan(Workflow):
    async def run(self, event, step):
        if Shelf.kept:
            return "ESCAPED from another run: " + str(Shelf.kept)
        Shelf.kept["run"] = event.id
        return "first"
