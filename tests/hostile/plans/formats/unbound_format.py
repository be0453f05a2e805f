# The same method, taken from the class and called with the text as its first argument.
# layer: guards
# stopped: AttributeError
from agentflow import Workflow


class Plan(Workflow):
    async def run(self, event, step):
        return str.format("ESCAPED {0.__class__}", event)
