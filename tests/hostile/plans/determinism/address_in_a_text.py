# The text of an object shows where it lies.
# layer: guards
# stopped: completed
from agentflow import Workflow


class Thing:
    pass


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED at " + repr(Thing()) if " at 0x" in repr(Thing()) else "no address"
