# The width of a field is a field itself, and may walk.
# layer: guards
# stopped: AttributeError
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        return "ESCAPED {0:{1.__class__}}".format(event.timestamp, "")
