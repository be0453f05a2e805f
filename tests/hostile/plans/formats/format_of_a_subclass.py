# A string class of the plan's own inherits the method.
# layer: guards
# stopped: AttributeError
from agentflow import Workflow


class Text(str):
    pass


class Plan(Workflow):
    async def run(self, event, step):
        return Text("ESCAPED {0.__class__}").format(event)
